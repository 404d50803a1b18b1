// Command embedded-mongo serves the MongoDB protocol from a folder of SQLite files, for places that have no MongoDB.
// It is FerretDB as a library, built by `cargo xtask setup`, which mends two of its faults first.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "`HOST:PORT` to listen on; port 0 takes a free one")
	dir := flag.String("dir", "", "`folder` that keeps the data; it is made if absent")
	brisk := flag.Bool("brisk", false, "wait for no disk: data outlives this process, and not a fall of the machine")
	flag.Parse()
	if *dir == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(64)
	}
	if err := serve(*listen, *dir, *brisk); err != nil {
		fmt.Fprintln(os.Stderr, "embedded-mongo:", err)
		os.Exit(70)
	}
}

// serve listens until SIGTERM or SIGINT; one line on stdout says where.
func serve(listen, dir string, brisk bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	url := "file:" + dir + "/"
	if brisk {
		url += "?_pragma=synchronous(off)"
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: listen},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: url,
	})
	if err != nil {
		return err
	}
	// MongoDBURI waits until Run has opened the port.
	go func() { fmt.Println("listening on", server.MongoDBURI()) }()
	return server.Run(ctx)
}
