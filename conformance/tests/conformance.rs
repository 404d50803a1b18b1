//! The entry point of `cargo test conformance`.

fn main() -> std::process::ExitCode {
    conformance::harness::main()
}
