//! How long a key that this process makes is of use.

use std::time::{Duration, SystemTime};

/// How long a key signs.
const SIGNS: Duration = Duration::from_secs(60 * 60);

/// For clocks that differ, and keys that others have kept.
const SPARE: Duration = Duration::from_secs(60 * 60);

/// How long a key is published whose tokens last so long: the last one is signed when the key ends.
pub(super) fn published_for(tokens_last: Duration) -> Duration {
    SIGNS + tokens_last + SPARE
}

/// Whether a key that was made then signs now. A clock that was set back does not make it sign for longer.
pub(super) fn signs_at(made: SystemTime, now: SystemTime) -> bool {
    made <= now && now < made + SIGNS
}
