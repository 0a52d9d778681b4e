//! Medians and percentiles. Means are deliberately absent: one hiccup of a shared machine moves them.

/// The value below which this share of the values lies, 0.5 being the median; between two values it is
/// interpolated. Not a number if there are no values.
#[must_use]
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = last as f64 * share.clamp(0.0, 1.0);
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

/// The value in the middle.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        let values = [4.0, 1.0, 3.0, 2.0];
        for (share, expected) in [(0.0, 1.0), (0.5, 2.5), (1.0, 4.0)] {
            assert!(
                (quantile(&values, share) - expected).abs() < 1e-9,
                "{share}"
            );
        }
        assert!(median(&[]).is_nan());
    }
}
