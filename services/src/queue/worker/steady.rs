//! Whether the clock of the database goes as the timers of this process do.
//!
//! How long a job is held is a time of day in the table, so that a statement can compare it. When that clock is set, every
//! hold would seem to be over, or to last for ever. So a worker looks whether the clock has jumped since it looked last: it
//! compares what must have passed with what the clock says, and the time that a statement takes counts for no jump.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::Instant;

use super::Worker;

/// Less than this part of the shortest visibility is no jump of the clock: it ends no hold that is renewed in time.
const JUMP: u32 = 4;

/// What a worker knows of the clock.
#[derive(Debug, Default)]
pub(super) struct Steadiness {
    told: Option<Told>,
    /// Before this nothing is to be believed about holds of others.
    trusted_from: Option<Instant>,
    /// Holds have to be shortened.
    was_set_back: bool,
}

/// A time that the database told, in milliseconds, at some moment between two others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) time: i64,
    pub(super) asked: Instant,
    pub(super) answered: Instant,
}

/// How the clock went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Steady,
    /// It was set ahead.
    Ahead,
    /// It was set back.
    Back,
}

impl Steadiness {
    /// Notes a time; tells how the clock has gone since the last one. Less than `slack` is no jump.
    fn note(&mut self, now: Told, slack: Duration) -> Course {
        let Some(before) = self.told.replace(now) else {
            return Course::Steady;
        };
        let passed = now.time.saturating_sub(before.time);
        let most = milliseconds(now.answered - before.asked + slack);
        let least = milliseconds(now.asked - before.answered) - milliseconds(slack);
        match passed {
            passed if passed > most => Course::Ahead,
            passed if passed < least => Course::Back,
            _ => Course::Steady,
        }
    }

    /// In how long holds of others can be judged again, if not now.
    pub(super) fn trusts_in(&self) -> Option<Duration> {
        let time = self.trusted_from?.checked_duration_since(Instant::now());
        time.filter(|time| !time.is_zero())
    }
}

impl Worker {
    /// Sees to it that holds mean what they did before, when the clock that they are kept by was set.
    pub(super) async fn heed_clock(&mut self, told: Told) -> Result<(), DbErr> {
        let visibilities = self.shared.visibilities();
        let times = || visibilities.iter().map(|(_, visibility)| *visibility);
        let slack = times().min().unwrap_or_default() / JUMP;
        match self.steadiness.note(told, slack) {
            Course::Steady => {}
            Course::Ahead => {
                tracing::warn!(
                    "The clock of the database was set ahead; what others hold stays theirs until they could renew it"
                );
                let longest = times().max().unwrap_or_default();
                self.steadiness.trusted_from = Some(told.answered + longest);
            }
            Course::Back => {
                tracing::warn!(
                    "The clock of the database was set back; holds on jobs are shortened to what they were"
                );
                self.steadiness.was_set_back = true;
            }
        }
        if self.steadiness.was_set_back {
            for (queue, visibility) in &visibilities {
                self.store.shorten(queue, *visibility).await?;
            }
            self.steadiness.was_set_back = false;
        }
        Ok(())
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_jump_is_what_no_statement_takes() {
        let start = Instant::now();
        let told = |time, asked: u32, answered: u32| Told {
            time,
            asked: start + asked * SECOND,
            answered: start + answered * SECOND,
        };
        for (time, course) in [
            (10_000, Course::Steady),
            // The first answer took four seconds, the second one five: the clock was read at some moment in them.
            (19_900, Course::Steady),
            (20_101, Course::Ahead),
            (6_000, Course::Steady),
            (5_899, Course::Back),
            (-86_400_000, Course::Back),
            (86_400_000, Course::Ahead),
        ] {
            let mut steadiness = Steadiness::default();
            let slack = Duration::from_millis(100);
            assert_eq!(steadiness.note(told(0, 0, 4), slack), Course::Steady);
            let then = steadiness.note(told(time, 10, 20), slack);
            assert_eq!(then, course, "{time}");
        }
    }
}
