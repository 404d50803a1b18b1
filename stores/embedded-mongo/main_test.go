// These tests show that the built program does what a compare-and-put needs; they talk to it as any client would.
package main_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

const (
	rounds  = 60
	clients = 8
	// No test takes longer, whatever the server does.
	limit = 2 * time.Minute
)

// start runs the program on a free port with an empty folder, and connects to it.
func start(t *testing.T) (context.Context, *mongo.Collection) {
	t.Helper()
	path := os.Getenv("DOCPROXY_EMBEDDED_MONGO")
	if path == "" {
		path = "../../.local/bin/embedded-mongo"
	}
	program := exec.Command(path, "--listen", "127.0.0.1:0", "--dir", t.TempDir())
	program.Stderr = os.Stderr
	stdout, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatalf("%v; run `cargo xtask setup`", err)
	}
	t.Cleanup(func() {
		_ = program.Process.Signal(syscall.SIGTERM)
		_ = program.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("no line that says where it listens: %v", err)
	}
	return connect(t, strings.TrimPrefix(strings.TrimSpace(line), "listening on "))
}

func connect(t *testing.T, uri string) (context.Context, *mongo.Collection) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	wanted := options.Client().ApplyURI(uri).SetDirect(true).SetRetryWrites(false).SetRetryReads(false)
	client, err := mongo.Connect(ctx, wanted)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return ctx, client.Database("proof").Collection("documents")
}

// race lets every client make one attempt at the same moment; it returns the winners.
func race(t *testing.T, attempt func(client int) (bool, error)) []int {
	t.Helper()
	var winners []int
	var lock sync.Mutex
	var group sync.WaitGroup
	begin := make(chan struct{})
	for client := range clients {
		group.Add(1)
		go func() {
			defer group.Done()
			<-begin
			won, err := attempt(client)
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				t.Error(err)
			}
			if won {
				winners = append(winners, client)
			}
		}()
	}
	close(begin)
	group.Wait()
	return winners
}

func TestOfClientsThatReplaceOneVersionExactlyOneWins(t *testing.T) {
	ctx, documents := start(t)
	for round := range rounds {
		id := fmt.Sprintf("replaced-%d", round)
		if _, err := documents.InsertOne(ctx, bson.D{{"_id", id}, {"n", int64(1)}, {"by", -1}}); err != nil {
			t.Fatal(err)
		}
		winners := race(t, func(client int) (bool, error) {
			done, err := documents.ReplaceOne(ctx, bson.D{{"_id", id}, {"n", int64(1)}}, bson.D{{"_id", id}, {"n", int64(2)}, {"by", client}})
			return err == nil && done.MatchedCount == 1, err
		})
		mustHaveWon(t, ctx, documents, id, winners)
	}
}

func TestOfClientsThatInsertOneIdExactlyOneWins(t *testing.T) {
	ctx, documents := start(t)
	for round := range rounds {
		id := fmt.Sprintf("inserted-%d", round)
		winners := race(t, func(client int) (bool, error) {
			_, err := documents.InsertOne(ctx, bson.D{{"_id", id}, {"n", int64(1)}, {"by", client}})
			if mongo.IsDuplicateKeyError(err) {
				return false, nil
			}
			return err == nil, err
		})
		mustHaveWon(t, ctx, documents, id, winners)
	}
}

func mustHaveWon(t *testing.T, ctx context.Context, documents *mongo.Collection, id string, winners []int) {
	t.Helper()
	if len(winners) != 1 {
		t.Fatalf("%s: %d clients were told that they had won: %v", id, len(winners), winners)
	}
	var stored struct{ By int }
	if err := documents.FindOne(ctx, bson.D{{"_id", id}}).Decode(&stored); err != nil {
		t.Fatal(err)
	}
	if stored.By != winners[0] {
		t.Fatalf("%s: client %d was told that it had won, and client %d is stored", id, winners[0], stored.By)
	}
}

func TestAFilterByIdUsesTheIndexWhateverElseItAsks(t *testing.T) {
	ctx, documents := start(t)
	if _, err := documents.InsertOne(ctx, bson.D{{"_id", "one"}, {"n", int64(1)}}); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []bson.D{{{"_id", "one"}}, {{"_id", "one"}, {"n", int64(1)}}} {
		command := bson.D{{"explain", bson.D{{"find", documents.Name()}, {"filter", filter}}}}
		var told struct {
			QueryPlanner struct {
				Plan []string `bson:"Plan"`
			} `bson:"queryPlanner"`
		}
		if err := documents.Database().RunCommand(ctx, command).Decode(&told); err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(told.QueryPlanner.Plan, "; ")
		if !strings.Contains(plan, "USING INDEX") || strings.Contains(plan, "SCAN") {
			t.Errorf("%v: %s", filter, plan)
		}
	}
}
