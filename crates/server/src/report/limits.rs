//! What a door gives to all who come to it together.

use super::room::Pace;

/// What uploads and bodies on their way may take, and the disk that they must leave free.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes announced by all uploads together; long ones may have three quarters of it.
    pub total_bytes: u64,
    /// Uploads at a time.
    pub count: usize,
    /// Bytes of disk that stay free for reports.
    pub reserve_bytes: u64,
    /// Memory for short bodies of reports.
    pub small_bodies_bytes: u64,
    /// Memory for long ones.
    pub large_bodies_bytes: u64,
    /// Memory for parts of uploads.
    pub parts_bytes: u64,
    /// Memory for what comes through a relay, and for the answers to it; a quarter each for short and long ones of both.
    pub oblivious_bytes: u64,
    /// How fast all of these must come.
    pub pace: Pace,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total_bytes: 64 << 30,
            count: 20_000,
            reserve_bytes: 2 << 30,
            small_bodies_bytes: 64 << 20,
            large_bodies_bytes: 192 << 20,
            parts_bytes: 64 << 20,
            oblivious_bytes: 256 << 20,
            pace: Pace::default(),
        }
    }
}
