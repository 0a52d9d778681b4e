//! The header `Accept-Encoding`: which encoding a client wants most.
//!
//! The highest weight wins; at equal weights brotli comes before gzip before deflate. What is not named has
//! the weight of `*`, else none; no encoding at all is as welcome as the least of those that are named.

use http::HeaderValue;

use super::Encoding;

/// Weights are thousandths, as the header writes them with three digits.
type Weight = u16;

/// The best of ours, if it is better than none.
pub(super) fn best(accepted: &HeaderValue) -> Option<Encoding> {
    let accepted = accepted.to_str().ok()?;
    let listed = || accepted.split(',').filter_map(entry);
    let weight = |wanted: &str| {
        let named = listed().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named
            .or_else(|| listed().find(|(name, _)| *name == "*"))
            .map(|(_, weight)| weight)
    };
    let least = listed().map(|(_, weight)| weight).min();
    let plain = weight("identity").or(least).unwrap_or(1000);
    let ours = [
        ("br", Encoding::Brotli),
        ("gzip", Encoding::Gzip),
        ("deflate", Encoding::Deflate),
    ];
    let mut best: Option<(Weight, Encoding)> = None;
    for (name, encoding) in ours {
        let Some(weight) = weight(name).filter(|weight| *weight > 0 && *weight >= plain) else {
            continue;
        };
        if best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, encoding));
        }
    }
    best.map(|(_, encoding)| encoding)
}

fn entry(text: &str) -> Option<(&str, Weight)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let written =
        parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let weight = match written {
        Some(written) => thousandths(written)?,
        None => 1000,
    };
    Some((name, weight))
}

fn thousandths(text: &str) -> Option<Weight> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: Weight = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let digits = fraction.get(..fraction.len().min(3))?;
    let part: Weight = format!("{digits:0<3}").parse().ok()?;
    Some((whole * 1000 + part).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_the_anchors() {
        use Encoding::{Brotli, Deflate, Gzip};
        for (accepted, chosen) in [
            ("gzip", Some(Gzip)),
            ("GZIP", Some(Gzip)),
            ("deflate", Some(Deflate)),
            ("gzip, deflate, br", Some(Brotli)),
            ("gzip, deflate", Some(Gzip)),
            ("deflate, gzip", Some(Gzip)),
            ("*", Some(Brotli)),
            ("gzip;q=0.5, deflate;q=0.9", Some(Deflate)),
            ("gzip ; q=0.5", Some(Gzip)),
            ("br;q=0, *", Some(Gzip)),
            ("identity, *;q=0.5", None),
            ("identity;q=0.4, gzip;q=0.401", Some(Gzip)),
            ("gzip;q=0", None),
            ("*;q=0", None),
            ("identity", None),
            ("zstd", None),
            ("", None),
            ("gzip;q=many", None),
            (", ;q=1", None),
        ] {
            let value = HeaderValue::try_from(accepted).expect("a valid value");
            assert_eq!(best(&value), chosen, "{accepted}");
        }
    }
}
