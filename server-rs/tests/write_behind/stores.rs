//! Starts a Redis and a MariaDB of the test's own, as stores/stores.toml says.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A server that ends with the test, with its data.
pub struct Server {
    child: Child,
    folder: PathBuf,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A Redis that keeps what it acknowledges.
pub fn redis() -> Server {
    let (folder, port) = place("redis");
    let mut command = Command::new("redis-server");
    command.arg(format!("{ROOT}/stores/redis.conf")).args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"]).arg(&folder);
    start(command, folder, port)
}

/// A MariaDB with a database `docs`.
pub fn mariadb() -> Server {
    let (folder, port) = place("mariadb");
    let data = folder.display();
    let prepare = [&format!("--datadir={data}"), &format!("--tmpdir={data}"), "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"];
    run("mariadb-install-db", &[prepare[2], prepare[0], prepare[3], prepare[4], prepare[1]]);
    let mut command = Command::new("mariadbd");
    command.arg(format!("--defaults-file={ROOT}/stores/my.cnf")).arg(format!("--datadir={data}")).arg(format!("--tmpdir={data}"));
    command.args(["--bind-address=127.0.0.1", "--user=root"]).arg(format!("--port={port}")).arg(format!("--socket={data}/socket"));
    let server = start(command, folder, port);
    run("mariadb", &["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", &format!("--port={port}"), "--user=root", "--execute=CREATE DATABASE docs"]);
    server
}

/// A folder and a free port.
fn place(name: &str) -> (PathBuf, u16) {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let folder = std::env::temp_dir().join(format!("docproxy-{name}-{}-{port}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    (folder, port)
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    assert!(status.expect("cargo xtask setup installs it").success(), "{program} failed");
}

/// Ready as soon as it takes a connection.
fn start(mut command: Command, folder: PathBuf, port: u16) -> Server {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("cargo xtask setup installs it");
    let server = Server { child, folder, port };
    let until = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "the server does not start");
        std::thread::yield_now();
    }
    server
}
