//! The containers that are compared, each with the way in which its documentation says to write a graph.

mod by_hand;
mod dill;
mod ferrous_di;
mod froodi;
mod greenroom;
mod shaku;

use crate::dialect::Dialect;

/// A way to build the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// No container: functions that call each other.
    ByHand,
    /// `backend!`.
    Greenroom,
    /// `Backend::compose`.
    GreenroomRunTime,
    /// `shaku::module!`.
    Shaku,
    /// One `froodi::registry!`.
    Froodi,
    /// A `froodi::registry!` for each file.
    FroodiParts,
    /// `dill::Catalog`.
    Dill,
    /// `ferrous_di::ServiceCollection`.
    FerrousDi,
}

impl Container {
    /// All of them, by hand first.
    pub const ALL: [Self; 8] = [
        Self::ByHand,
        Self::Greenroom,
        Self::GreenroomRunTime,
        Self::Shaku,
        Self::Froodi,
        Self::FroodiParts,
        Self::Dill,
        Self::FerrousDi,
    ];

    /// What a table calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by hand",
            Self::Greenroom => "greenroom, backend!",
            Self::GreenroomRunTime => "greenroom, Backend::compose",
            Self::Shaku => "shaku",
            Self::Froodi => "froodi, one registry!",
            Self::FroodiParts => "froodi, many",
            Self::Dill => "dill",
            Self::FerrousDi => "ferrous-di",
        }
    }

    /// The generated package.
    #[must_use]
    pub fn package(self, objects: usize) -> String {
        let name = match self {
            Self::ByHand => "by-hand",
            Self::Greenroom => "greenroom",
            Self::GreenroomRunTime => "run-time",
            Self::Shaku => "shaku",
            Self::Froodi => "froodi",
            Self::FroodiParts => "froodi-parts",
            Self::Dill => "dill",
            Self::FerrousDi => "ferrous-di",
        };
        format!("graph-{name}-{objects}")
    }

    /// How its graph is written.
    #[must_use]
    pub fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::ByHand => &by_hand::ByHand,
            Self::Greenroom => &greenroom::Greenroom::Checked,
            Self::GreenroomRunTime => &greenroom::Greenroom::Composed,
            Self::Shaku => &shaku::Shaku,
            Self::Froodi => &froodi::Froodi::Whole,
            Self::FroodiParts => &froodi::Froodi::Parts,
            Self::Dill => &dill::Dill,
            Self::FerrousDi => &ferrous_di::FerrousDi,
        }
    }

    /// Whether the graph is put together, and mistakes in it are found, when the program runs.
    #[must_use]
    pub fn is_at_run_time(self) -> bool {
        matches!(self, Self::FroodiParts | Self::Dill | Self::FerrousDi)
    }
}
