//! A graph that is there even when it is not sound: `Backend::compose` keeps none of those.

use crate::feature::Entry;
use crate::graph::{
    Columns, Cursor, Graph, NONE, Node, Tables, analyse, count, dependencies, fill,
};

pub(super) struct Composed {
    nodes: Vec<Node>,
    rows: [Vec<u32>; 9],
    state: Vec<u8>,
    ordered: usize,
    sound: bool,
}

impl Composed {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let count = count(entries);
        let mut nodes = vec![Node::BLANK; count];
        fill(&mut nodes, entries);
        let row = || vec![NONE; count];
        let mut provider = vec![NONE; dependencies(&nodes)];
        let mut state = vec![0; count];
        let [
            mut first,
            mut rival,
            mut link,
            mut owner,
            mut region,
            mut sorted,
            mut cycle,
            mut order,
        ] = [(); 8].map(|()| row());
        let verdict = analyse(
            &nodes,
            &mut Tables {
                columns: Columns {
                    first: &mut first,
                    provider: &mut provider,
                    state: &mut state,
                    rival: &mut rival,
                    link: &mut link,
                    owner: &mut owner,
                    region: &mut region,
                    sorted: &mut sorted,
                    cycle: &mut cycle,
                    order: &mut order,
                },
                keys: &mut vec![0; count],
                winners: &mut row(),
                stack: &mut row(),
                cursor: &mut vec![Cursor::START; count],
                previous: &mut row(),
            },
        );
        Self {
            nodes,
            rows: [
                first, provider, rival, link, owner, region, sorted, cycle, order,
            ],
            state,
            ordered: verdict.ordered,
            sound: verdict.sound,
        }
    }

    pub(super) fn graph(&self) -> Graph<'_> {
        let [
            first,
            provider,
            rival,
            link,
            owner,
            region,
            sorted,
            cycle,
            order,
        ] = &self.rows;
        Graph {
            nodes: &self.nodes,
            first,
            provider,
            state: &self.state,
            rival,
            link,
            owner,
            region,
            sorted,
            cycle,
            order: &order[..self.ordered],
            sound: self.sound,
        }
    }
}
