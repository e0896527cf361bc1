//! `docs/keys.md`: every key with what it takes, its default and its meaning, from the table of keys and the schema.

use serde_json::Value as Json;

use super::cluster;
use super::form;
use super::keys::{KeyPath, tables};
use super::known_key::InJobKey;
use super::schema::schema;

const INTRO: &str = "\
# Keys

Every key of an experiment file. How a matrix, `[select]` and `[[evaluate]]` work is in [experiments](experiments.md);
the formats behind `[data]` are in [data](data.md). This page is made from the table of keys in `src/spec/table/`:
`UPDATE_PAGES=1 cargo test --release --test features pages` writes it.

Numbers may be written as `5e-5` or `0.00005`: they are one value. A whole number serves where a fraction may stand.
The column *job key* says whether a setting affects results and is part of a [job's key](results.md#keys-and-what-is-done):
a changed key is a new job.

- **yes**: it is.
- **if set**: it is, unless it has its default value.
- **content**: what it names is: the hash of the files, never the name or the path.
- **no**: it is not. It does not affect results and cannot be an axis of the matrix.
";

/// The page.
pub fn keys_page() -> String {
    let schema = schema().to_value();
    let mut page = INTRO.to_owned();
    page += "\n## Before the first table\n\n| key | takes | default | meaning | job key |\n| --- | --- | --- | --- | --- |\n";
    for (name, default) in [("name", "the file's name"), ("title", "none"), ("extends", "none")] {
        page += &row(&[&code(name), "text", default, &doc(&schema, &format!("/properties/{name}")), "no"]);
    }
    for table in tables() {
        page += &format!("\n## {table}\n\n`[{table}]`\n\n");
        page += "| key | takes | default | meaning | job key |\n| --- | --- | --- | --- | --- |\n";
        for key in KeyPath::all().filter(|key| key.table() == table) {
            let takes = form::describe(key.known().forms);
            page += &row(&[&code(key.name()), &takes, &default(key), key.known().doc, entry(key)]);
        }
    }
    page += &format!("\n## matrix\n\n`[matrix]`: {}\n\n", doc(&schema, "/properties/matrix"));
    page += "| part | meaning |\n| --- | --- |\n";
    page += &row(&["`TABLE.KEY = [...]`", "An axis: a key of a table above, with the values that it takes in turn."]);
    for part in ["zip", "exclude", "include"] {
        let meaning = doc(&schema, &format!("/properties/matrix/properties/{part}"));
        page += &row(&[&code(&format!("[[matrix.{part}]]")), &meaning]);
    }
    page += &format!("\n## select\n\n`[select]`: {}\n\n", doc(&schema, "/properties/select"));
    page += "| key | takes | default | meaning |\n| --- | --- | --- | --- |\n";
    for (name, takes, default) in [
        ("by", "\"validation_SCORE\"", code("\"validation_entity_f1\"")),
        ("over", "a list of keys, `\"TABLE.KEY\"`", "required".to_owned()),
        ("first_rung", "a whole number from 1", String::new()),
        ("reduction_factor", "a whole number from 2", code("3")),
    ] {
        page += &row(&[&code(name), takes, &default, &doc(&schema, &format!("/properties/select/properties/{name}"))]);
    }
    page += &format!("\n## evaluate\n\n`[[evaluate]]`: {}\n\n", doc(&schema, "/properties/evaluate"));
    page += "| key | meaning |\n| --- | --- |\n";
    let sets = schema["properties"]["evaluate"]["items"]["properties"].as_object();
    for name in sets.into_iter().flat_map(|sets| sets.keys()) {
        let meaning = doc(&schema, &format!("/properties/evaluate/items/properties/{name}"));
        page += &row(&[&code(name), &meaning]);
    }
    page += &format!("\n## cluster\n\n`[cluster]`: {}\n", doc(&schema, "/properties/cluster"));
    page += "A user's file, `~/.config/runner/cluster.toml`, has the same keys without the header: [clusters](cluster.md).\n\n";
    page += "| key | takes | meaning |\n| --- | --- | --- |\n";
    for (name, forms, meaning) in cluster::KEYS {
        page += &row(&[&code(name), &form::describe(forms), meaning]);
    }
    page
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// The description that the schema has at this place.
fn doc(schema: &Json, pointer: &str) -> String {
    let text = schema.pointer(pointer).and_then(|part| part["description"].as_str());
    text.unwrap_or_else(|| panic!("the schema describes {pointer}")).to_owned()
}

fn default(key: KeyPath) -> String {
    match key.default() {
        Some(value) => code(&value.to_toml()),
        None if key.known().required => "required".to_owned(),
        None => "none".to_owned(),
    }
}

fn entry(key: KeyPath) -> &'static str {
    match key.known().in_job_key() {
        InJobKey::Always => "yes",
        InJobKey::UnlessDefault => "if set",
        InJobKey::AsHashes => "content",
        InJobKey::Never => "no",
    }
}
