//! Writes every generated file from contract/, or says which are out of date.

pub fn run(_check: bool) -> anyhow::Result<()> {
    anyhow::bail!("not written yet")
}
