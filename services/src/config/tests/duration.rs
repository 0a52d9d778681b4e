//! Tests of the forms of a duration.

use std::time::Duration;

use crate::config::HumanDuration;
use serde_json::{Value as Json, json};

fn read(value: Json) -> Option<Duration> {
    serde_json::from_value::<HumanDuration>(value)
        .ok()
        .map(Duration::from)
}

fn seconds(number: u64) -> Option<Duration> {
    Some(Duration::from_secs(number))
}

#[test]
fn short_and_long_units() {
    assert_eq!(read(json!("1d")), seconds(86_400));
    assert_eq!(read(json!("2 seconds")), seconds(2));
    assert_eq!(read(json!("30s")), seconds(30));
    assert_eq!(read(json!("1.5 hrs")), seconds(5400));
    assert_eq!(read(json!("100ms")), Some(Duration::from_millis(100)));
    assert_eq!(read(json!("0.1s")), Some(Duration::from_millis(100)));
}

#[test]
fn iso_8601() {
    assert_eq!(read(json!("PT5M")), seconds(300));
    assert_eq!(read(json!("P2DT6H")), seconds(2 * 86_400 + 6 * 3600));
    assert_eq!(read(json!("P1W")), seconds(7 * 86_400));
    assert_eq!(read(json!("PT0.5S")), Some(Duration::from_millis(500)));
    for text in ["P", "PT", "P5M3D1", "PT5D", "PT5S3M", "P1DT"] {
        assert_eq!(read(json!(text)), None, "{text}");
    }
}

#[test]
fn objects() {
    assert_eq!(read(json!({"minutes": 5})), seconds(300));
    assert_eq!(read(json!({"hours": 1.5, "seconds": 1})), seconds(5401));
    assert_eq!(read(json!({"months": 1, "weeks": 1})), seconds(37 * 86_400));
    assert_eq!(read(json!({})), None);
    assert_eq!(read(json!({"minuets": 5})), None);
    assert_eq!(read(json!({"minutes": -5})), None);
}

#[test]
fn what_leaves_room_for_doubt() {
    for value in [
        json!(5),
        json!("5"),
        json!("1h30m"),
        json!("-5s"),
        json!("s"),
        json!(""),
        json!("5 x"),
    ] {
        assert_eq!(read(value.clone()), None, "{value}");
    }
    assert_eq!(read(json!("99999999999999999999y")), None);
}

#[test]
fn it_is_written_as_it_is_read() {
    let json = serde_json::to_value(HumanDuration::from(Duration::from_millis(90_500)));
    let json = json.expect("it is a text");
    assert_eq!(json, json!("90500ms"));
    assert_eq!(read(json), Some(Duration::from_millis(90_500)));
}
