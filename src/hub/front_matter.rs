//! The front matter of a README: YAML between two lines of `---`.

use serde_json::Value;
use serde_saphyr::DuplicateKeyPolicy;

/// The front matter; none if the README has none.
///
/// # Errors
/// YAML that is not valid or beyond the parser's limits.
pub fn front_matter(readme: &str) -> Result<Option<Value>, String> {
    let Some(front) = text(readme) else { return Ok(None) };
    let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins, strict_booleans: true };
    let yaml = serde_saphyr::from_str_with_options(&front, options).map_err(|error| {
        let text = error.to_string();
        format!("its front matter is not valid YAML ({})", text.lines().next().unwrap_or_default())
    })?;
    Ok(Some(yaml))
}

/// The text between the first line, `---`, and the next one.
fn text(readme: &str) -> Option<String> {
    let mut lines = readme.strip_prefix('\u{feff}').unwrap_or(readme).lines().skip_while(|line| line.trim().is_empty());
    lines.next().filter(|line| line.trim_end() == "---")?;
    let front: Vec<&str> = lines.take_while(|line| !matches!(line.trim_end(), "---" | "...")).collect();
    Some(front.join("\n"))
}
