//! Checks the rules that ARCHITECTURE.md sets for every file of the repository.

pub fn run() -> anyhow::Result<()> {
    Ok(())
}
