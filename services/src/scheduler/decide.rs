//! What is to be done about a task that does not run: a question of its row and the time, and of nothing else.

use super::schedule::{Missed, TaskSchedule};

/// How late a run may begin and still count as in time for its slot.
const LATE: i64 = 15_000;

/// The plan of a task; times are milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) next_slot_at: Option<i64>,
    /// When the run of that slot may begin.
    pub(super) next_run_at: Option<i64>,
    pub(super) triggered_at: Option<i64>,
    /// The slot for which a triggered run stands in.
    pub(super) retry_slot_at: Option<i64>,
    pub(super) last_ended_at: Option<i64>,
}

/// Slots that nothing ran for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) count: u64,
    pub(super) first: i64,
    pub(super) why: Why,
}

/// Why nothing ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The run before was still under way.
    Overlap,
    /// Nobody was there.
    Missed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing is due before this.
    Wait(Option<i64>),
    Run {
        slot: i64,
        next_slot_at: Option<i64>,
        /// Whether this is what somebody triggered, beside the plan.
        triggered: bool,
        skipped: Option<Skipped>,
    },
    Skip {
        next_slot_at: Option<i64>,
        skipped: Skipped,
    },
}

pub(super) fn decide(plan: &Plan, schedule: &TaskSchedule, now: i64) -> Decision {
    if let (Some(first), Some(run_at)) = (plan.next_slot_at, plan.next_run_at)
        && run_at <= now
    {
        return slot_is_due(plan, schedule, (first, run_at), now);
    }
    match plan.triggered_at {
        Some(at) => Decision::Run {
            slot: plan.retry_slot_at.unwrap_or(at),
            next_slot_at: plan.next_slot_at,
            triggered: true,
            skipped: None,
        },
        None => Decision::Wait(plan.next_run_at),
    }
}

fn slot_is_due(
    plan: &Plan,
    schedule: &TaskSchedule,
    (first, run_at): (i64, i64),
    now: i64,
) -> Decision {
    // With jitter the slot may have come long before the run; with a clock that was set back it may come after it.
    let due = schedule.frequency.due(first, now.max(first));
    // An end that lies in the future was told by a clock that was ahead.
    let ended = plan.last_ended_at.filter(|ended| *ended <= now);
    // What ended between a slot and the begin of its run, which jitter puts off, was in nobody's way.
    let ran_at = |slot: i64| ended.is_some_and(|ended| slot.max(run_at) < ended);
    let overlapped = ran_at(due.latest);
    let missed = schedule.missed == Missed::Skip && now - schedule.latest_begin(due.latest) > LATE;
    let why = if ran_at(first) {
        Why::Overlap
    } else {
        Why::Missed
    };
    let skipped = |count| Skipped { count, first, why };
    if (overlapped || missed) && plan.triggered_at.is_none() {
        return Decision::Skip {
            next_slot_at: due.next,
            skipped: skipped(due.count),
        };
    }
    Decision::Run {
        slot: due.latest,
        next_slot_at: due.next,
        triggered: false,
        skipped: (due.count > 1).then(|| skipped(due.count - 1)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn minutely() -> TaskSchedule {
        TaskSchedule::every(Duration::from_secs(60))
    }

    fn due_at(slot: i64) -> Plan {
        Plan {
            next_slot_at: Some(slot),
            next_run_at: Some(slot),
            ..Plan::default()
        }
    }

    fn run(slot: i64, next: i64, skipped: Option<Skipped>) -> Decision {
        Decision::Run {
            slot,
            next_slot_at: Some(next),
            triggered: false,
            skipped,
        }
    }

    #[test]
    fn a_slot_runs_when_it_has_come_and_not_before() {
        let plan = due_at(MINUTE);
        let before = decide(&plan, &minutely(), MINUTE - 1);
        assert_eq!(before, Decision::Wait(Some(MINUTE)));
        let then = decide(&plan, &minutely(), MINUTE);
        assert_eq!(then, run(MINUTE, 2 * MINUTE, None));
        let manual = decide(&Plan::default(), &TaskSchedule::manual(), MINUTE);
        assert_eq!(manual, Decision::Wait(None));
    }

    #[test]
    fn what_was_missed_is_caught_up_once() {
        let skipped = Skipped {
            count: 9,
            first: MINUTE,
            why: Why::Missed,
        };
        let after = decide(&due_at(MINUTE), &minutely(), 10 * MINUTE + 30_000);
        assert_eq!(after, run(10 * MINUTE, 11 * MINUTE, Some(skipped)));
    }

    #[test]
    fn what_was_missed_is_skipped_if_that_is_wanted() {
        let schedule = minutely().missed(Missed::Skip);
        let after = decide(&due_at(MINUTE), &schedule, 10 * MINUTE + 30_000);
        let skipped = Skipped {
            count: 10,
            first: MINUTE,
            why: Why::Missed,
        };
        let expected = Decision::Skip {
            next_slot_at: Some(11 * MINUTE),
            skipped,
        };
        assert_eq!(after, expected);
        // A poll that comes a bit late misses nothing.
        let late = decide(&due_at(MINUTE), &schedule, MINUTE + 4_000);
        assert_eq!(late, run(MINUTE, 2 * MINUTE, None));
        // Nor does jitter.
        let jittery = schedule.jitter(Duration::from_secs(30));
        let plan = Plan {
            next_run_at: Some(MINUTE + 29_000),
            ..due_at(MINUTE)
        };
        let late = decide(&plan, &jittery, MINUTE + 29_500);
        assert_eq!(late, run(MINUTE, 2 * MINUTE, None));
    }

    #[test]
    fn slots_during_a_run_are_skipped_and_not_caught_up() {
        let plan = Plan {
            last_ended_at: Some(3 * MINUTE + 10),
            ..due_at(2 * MINUTE)
        };
        let skipped = Skipped {
            count: 2,
            first: 2 * MINUTE,
            why: Why::Overlap,
        };
        let expected = Decision::Skip {
            next_slot_at: Some(4 * MINUTE),
            skipped,
        };
        assert_eq!(decide(&plan, &minutely(), 3 * MINUTE + 20), expected);
    }

    #[test]
    fn a_run_that_ends_before_a_slots_own_begins_does_not_swallow_the_slot() {
        let jittery = minutely().jitter(Duration::from_secs(30));
        let plan = Plan {
            next_run_at: Some(MINUTE + 29_000),
            // Somebody triggered it a moment after the slot.
            last_ended_at: Some(MINUTE + 10_000),
            ..due_at(MINUTE)
        };
        let decision = decide(&plan, &jittery, MINUTE + 29_000);
        assert_eq!(decision, run(MINUTE, 2 * MINUTE, None));
        let during = Plan {
            last_ended_at: Some(MINUTE + 29_500),
            ..plan
        };
        let decision = decide(&during, &jittery, MINUTE + 29_600);
        let expected = Decision::Skip {
            next_slot_at: Some(2 * MINUTE),
            skipped: Skipped {
                count: 1,
                first: MINUTE,
                why: Why::Overlap,
            },
        };
        assert_eq!(decision, expected);
    }

    #[test]
    fn a_trigger_runs_at_once_and_leaves_the_plan_alone() {
        let plan = Plan {
            triggered_at: Some(30_000),
            ..due_at(MINUTE)
        };
        let expected = Decision::Run {
            slot: 30_000,
            next_slot_at: Some(MINUTE),
            triggered: true,
            skipped: None,
        };
        assert_eq!(decide(&plan, &minutely(), 30_001), expected);
        let retry = Plan {
            retry_slot_at: Some(0),
            ..plan
        };
        let Decision::Run { slot: 0, .. } = decide(&retry, &minutely(), 30_001) else {
            panic!("a run that is repeated keeps its slot");
        };
    }
}
