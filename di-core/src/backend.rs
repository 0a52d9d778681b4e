//! A composed backend: a graph without mistakes, from a constant or from entries picked at run time.

use crate::context::Inputs;
use crate::error::{Report, StartError, WiringError};
use crate::feature::Entry;
use crate::graph::{self, Columns, Cursor, Graph, NONE, Node, Tables, Text};
use crate::start::{self, Running};

/// A backend that is wired and not started yet.
#[derive(Debug)]
pub struct Backend {
    storage: Storage,
}

#[derive(Debug)]
enum Storage {
    Static(Graph<'static>),
    Owned(Box<OwnedGraph>),
}

/// The columns of a graph that was composed at run time.
#[derive(Debug, Default)]
struct OwnedGraph {
    nodes: Vec<Node>,
    first: Vec<u32>,
    provider: Vec<u32>,
    state: Vec<u8>,
    rival: Vec<u32>,
    link: Vec<u32>,
    owner: Vec<u32>,
    region: Vec<u32>,
    sorted: Vec<u32>,
    cycle: Vec<u32>,
    order: Vec<u32>,
    sound: bool,
}

impl Backend {
    /// A backend whose graph was checked while the program compiled: what `backend!` calls.
    #[doc(hidden)]
    #[must_use]
    pub const fn checked(graph: Graph<'static>) -> Self {
        Self {
            storage: Storage::Static(graph),
        }
    }

    /// Composes a backend at run time, with the same check as `backend!`.
    ///
    /// # Errors
    ///
    /// [`WiringError`] with a report for each wrong entry.
    pub fn compose(entries: &[Entry]) -> Result<Self, WiringError> {
        let numbered = entries
            .iter()
            .zip(0..)
            .map(|(entry, position)| Entry { position, ..*entry });
        let owned = OwnedGraph::of(&numbered.collect::<Vec<_>>());
        let graph = owned.graph();
        if graph.sound {
            return Ok(Self {
                storage: Storage::Owned(Box::new(owned)),
            });
        }
        let reports = entries.iter().zip(0u32..).filter_map(|(entry, position)| {
            let mut text = Text::new();
            graph::write_report(&graph, position, &mut text);
            let text = text.as_str().to_owned();
            (!text.is_empty()).then_some(Report {
                entry: entry.spelled,
                place: entry.place,
                text,
            })
        });
        Err(WiringError::new(reports.collect()))
    }

    /// The graph of the backend.
    #[must_use]
    pub fn graph(&self) -> Graph<'_> {
        match &self.storage {
            Storage::Static(graph) => *graph,
            Storage::Owned(owned) => owned.graph(),
        }
    }

    /// Starts everything, and comes back when the backend is ready.
    ///
    /// # Errors
    ///
    /// [`StartError`] when a feature failed, the settings are wrong or a stop was asked for; what had
    /// started is stopped by then.
    pub async fn start(self, inputs: Inputs) -> Result<Running, StartError> {
        start::start(&self.graph(), inputs).await
    }

    /// Builds what values are derived from (the configuration) and the startup policy, checks those values
    /// for every feature that is not switched off, then stops. Gives the warnings.
    ///
    /// # Errors
    ///
    /// [`StartError::Settings`] with all mistakes; [`StartError::Failed`] when what they are derived from, or
    /// the policy, could not be built.
    pub async fn check_derivations(self, inputs: Inputs) -> Result<Vec<String>, StartError> {
        start::check_derivations(&self.graph(), inputs).await
    }
}

impl OwnedGraph {
    fn of(entries: &[Entry]) -> Self {
        let count = graph::count(entries);
        let mut nodes = vec![Node::BLANK; count];
        graph::fill(&mut nodes, entries);
        let dependencies = graph::dependencies(&nodes);
        let mut owned = Self {
            nodes,
            first: vec![0; count],
            provider: vec![NONE; dependencies],
            state: vec![0; count],
            rival: vec![NONE; count],
            link: vec![NONE; count],
            owner: vec![NONE; count],
            region: vec![NONE; count],
            sorted: vec![0; count],
            cycle: vec![NONE; count],
            order: vec![NONE; count],
            sound: false,
        };
        let verdict = graph::analyse(
            &owned.nodes,
            &mut Tables {
                columns: Columns {
                    first: &mut owned.first,
                    provider: &mut owned.provider,
                    state: &mut owned.state,
                    rival: &mut owned.rival,
                    link: &mut owned.link,
                    owner: &mut owned.owner,
                    region: &mut owned.region,
                    sorted: &mut owned.sorted,
                    cycle: &mut owned.cycle,
                    order: &mut owned.order,
                },
                keys: &mut vec![0; count],
                winners: &mut vec![NONE; count],
                stack: &mut vec![0; count],
                cursor: &mut vec![Cursor::START; count],
                previous: &mut vec![NONE; count],
            },
        );
        owned.order.truncate(verdict.ordered);
        owned.sound = verdict.sound;
        owned
    }

    fn graph(&self) -> Graph<'_> {
        Graph {
            nodes: &self.nodes,
            first: &self.first,
            provider: &self.provider,
            state: &self.state,
            rival: &self.rival,
            link: &self.link,
            owner: &self.owner,
            region: &self.region,
            sorted: &self.sorted,
            cycle: &self.cycle,
            order: &self.order,
            sound: self.sound,
        }
    }
}
