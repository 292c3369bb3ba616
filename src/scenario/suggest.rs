//! Near matches for misspelt names.

/// The candidate a misspelt `name` most likely stands for, if any is near enough.
pub(super) fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['_', ' ', '-'], "");
    let wanted = plain(name);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::jaro_winkler(&wanted, &plain(candidate)), candidate))
        .filter(|(likeness, candidate)| {
            let edits = strsim::damerau_levenshtein(&wanted, &plain(candidate));
            let length = wanted.chars().count();
            *likeness >= 0.75 && (edits <= length.div_ceil(3) || plain(candidate).starts_with(&wanted) && length >= 3)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// Names in backticks, with commas; long lists are cut.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 30;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names.iter().take(MOST).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

/// The remedy for an unknown name: a near match if there is one, then what is allowed.
pub(super) fn remedy(name: &str, allowed: &[&str]) -> String {
    if allowed.is_empty() {
        return "nothing is defined here yet".to_owned();
    }
    match near(name, allowed.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? allowed: {}", list(allowed.iter().copied())),
        None => format!("allowed: {}", list(allowed.iter().copied())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_matches_are_found_and_far_ones_are_not() {
        let keys = ["innovation", "imitation", "discontinuance", "requires"];
        assert_eq!(near("imitaton", keys), Some("imitation"));
        assert_eq!(near("Imitation", keys), Some("imitation"));
        assert_eq!(near("require", keys), Some("requires"));
        assert_eq!(near("discontinuence", keys), Some("discontinuance"));
        assert_eq!(near("colour", keys), None);
        assert_eq!(near("", keys), None);
    }
}
