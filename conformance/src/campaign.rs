//! Campaigns: generated sequences in great number, played on all targets, each failure made small.

pub mod record;
