//! What an operator can set for the plugin: the section `todo` of the configuration.

use std::time::Duration;

use greenroom::config::HumanDuration;
use greenroom::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TodoSettings {
    /// How many todos a page of the list has.
    #[schemars(range(min = 1, max = 500))]
    pub page_size: u16,
    /// How long what is done is kept.
    pub keep_done_for: HumanDuration,
    /// When that is swept away which was kept for long enough.
    pub sweep: TaskSchedule,
}

impl Default for TodoSettings {
    fn default() -> Self {
        Self {
            page_size: 50,
            keep_done_for: Duration::from_hours(30 * 24).into(),
            sweep: TaskSchedule::cron("0 3 * * *").expect("it is a pattern"),
        }
    }
}
