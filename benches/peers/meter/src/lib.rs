//! What every generated program shares, so that all are measured by one clock and one count: it builds the
//! graph many times, fresh each time, and prints one line of figures.
//!
//! Allocations are counted in a construction that is not timed. Only those of the thread that builds are
//! seen, so a program that builds on several threads has no count.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// An object at the end of the graph, which takes services and gives none.
pub trait Plugin: Send + Sync {
    /// A number that differs as soon as the object holds other services.
    fn sum(&self) -> u64;
}

static KEPT: Mutex<Vec<Arc<dyn Plugin>>> = Mutex::new(Vec::new());

/// Keeps a plugin until its graph is complete. Every program calls it once for each plugin, whatever its
/// container would keep by itself, so that the cost of it is the same for all.
pub fn keep(plugin: Arc<dyn Plugin>) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push(plugin);
}

/// Adds up what was kept, and lets it go.
fn release() -> u64 {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.drain(..).map(|plugin| plugin.sum()).sum()
}

/// Builds the graph as often as the last argument of the program says, after a first time which is counted
/// apart, and prints nanoseconds of the first, median nanoseconds of the others, allocations, their bytes and the
/// sum of all plugins. What is needed to take a graph down is not timed.
pub fn report<Graph>(
    plugins: usize,
    mut build: impl FnMut() -> Graph,
    mut take_down: impl FnMut(Graph),
) {
    let repetitions: usize = std::env::args()
        .next_back()
        .and_then(|argument| argument.parse().ok())
        .unwrap_or(1);
    KEPT.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .reserve(plugins);
    let mut nanoseconds = Vec::new();
    for _ in 0..=repetitions {
        let began = Instant::now();
        let graph = build();
        nanoseconds.push(began.elapsed().as_nanos());
        release();
        take_down(graph);
    }
    let mut graph = None;
    let counted = allocation_counter::measure(|| graph = Some(build()));
    let sum = release();
    graph.into_iter().for_each(take_down);
    let cold = nanoseconds.remove(0);
    nanoseconds.sort_unstable();
    let warm = nanoseconds
        .get(nanoseconds.len() / 2)
        .copied()
        .unwrap_or(cold);
    println!(
        "{cold} {warm} {} {} {sum}",
        counted.count_total, counted.bytes_total
    );
}
