//! An id that nothing in a graph has, and what was probably meant.

use std::collections::BTreeSet;
use std::fmt;

use greenroom_di_core::graph::Graph;

use super::links::name;

/// Nothing in the graph has this id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    id: String,
    near: Vec<String>,
}

impl Unknown {
    pub(crate) fn new(graph: &Graph<'_>, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            near: near(id, &known(graph)),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "no service, plugin, module or extension point of this backend is called `{}`",
            self.id
        )?;
        match self.near.as_slice() {
            [] => formatter.write_str("; `graph` shows them all"),
            near => write!(formatter, "; did you mean `{}`?", near.join("` or `")),
        }
    }
}

/// What can be asked for.
fn known(graph: &Graph<'_>) -> BTreeSet<String> {
    let taken = graph
        .features()
        .flat_map(|feature| feature.dependencies())
        .map(|dependency| dependency.id().to_owned());
    taken.chain(graph.features().map(name)).collect()
}

/// The ids that have the whole name in their last part, or are a slip of the pen away; three at most.
fn near(id: &str, known: &BTreeSet<String>) -> Vec<String> {
    let asked = id.to_lowercase();
    let mut near: Vec<(usize, &String)> = known
        .iter()
        .filter_map(|candidate| {
            let folded = candidate.to_lowercase();
            let last = folded.rsplit(['.', '/', ':']).next().unwrap_or(&folded);
            let least = [folded.as_str(), last]
                .map(|name| strsim::osa_distance(&asked, name))
                .into_iter()
                .min()?;
            let allowed = (asked.chars().count() / 3).max(1);
            (least <= allowed).then_some((least, candidate))
        })
        .collect();
    near.sort_unstable();
    let best = near.first().map_or(0, |(distance, _)| *distance);
    let near = near
        .into_iter()
        .filter(|(distance, _)| *distance <= best + 1);
    near.take(3)
        .map(|(_, candidate)| candidate.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn slips_and_last_parts_are_near() {
        let known = ["core.logger", "core.rootLogger", "core.rootConfig", "shop"];
        let known = known.map(str::to_owned).into();
        assert_eq!(near("logger", &known), ["core.logger"]);
        assert_eq!(near("core.loger", &known), ["core.logger"]);
        assert_eq!(near("rootConfg", &known), ["core.rootConfig"]);
        assert_eq!(near("shp", &known), ["shop"]);
        assert_eq!(near("database", &known), [""; 0]);
    }
}
