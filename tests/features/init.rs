//! `runner init`: files to start from, and the experiments that come with the program.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use runner::spec::EXAMPLES;

use crate::workshop::Workshop;

fn workshop() -> Workshop {
    Workshop::new("")
}

#[test]
fn an_example_is_written_under_its_name_and_plans_as_in_a_checkout() {
    for example in EXAMPLES {
        let workshop = workshop();
        let said = workshop.runner(&format!("init --example {}", example.name));
        assert_eq!(said.status, 0, "{}", said.err);
        let file = format!("{}.toml", example.name);
        let here = workshop.runner(&format!("plan {file} --offline"));
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments").join(&file);
        fs::create_dir(workshop.path("elsewhere")).unwrap();
        let there = workshop.runner(&format!("plan {} --offline --out elsewhere", checkout.display()));
        assert_eq!(
            (here.status, &here.out),
            (there.status, &there.out.replace("elsewhere/", "results/")),
            "{}",
            here.err
        );
        assert!(here.out.contains("job"), "{}", here.out);
    }
}

#[test]
fn an_example_brings_the_file_that_it_extends() {
    let workshop = workshop();
    let said = workshop.runner("init --example seeds");
    assert_snapshot!(said.err, @"
    wrote seeds.toml; `runner plan seeds.toml` shows its jobs, `runner run seeds.toml` runs them
    wrote quickstart.toml, which seeds.toml extends
    ");
    assert!(workshop.read("quickstart.toml").contains("builtin:tiny"));
    let other = self::workshop();
    other.write("quickstart.toml", "# mine\n");
    let said = other.runner("init --example seeds");
    assert_snapshot!(said.err, @"
    wrote seeds.toml; `runner plan seeds.toml` shows its jobs, `runner run seeds.toml` runs them
    seeds.toml extends quickstart.toml, which was here already
    ");
    assert_eq!(other.read("quickstart.toml"), "# mine\n");
}

#[test]
fn nothing_is_overwritten() {
    let workshop = workshop();
    workshop.write("quickstart.toml", "# mine\n");
    let said = workshop.runner("init --example quickstart");
    assert_snapshot!(format!("{} {}", said.status, said.err), @"2 error: quickstart.toml already exists; run it, or write the example in another folder");
    let said = workshop.runner("init quickstart");
    assert_snapshot!(format!("{} {}", said.status, said.err), @"2 error: quickstart.toml already exists; choose another name");
    assert_eq!(workshop.read("quickstart.toml"), "# mine\n");
}

#[test]
fn an_unknown_example_lists_those_that_there_are() {
    let workshop = workshop();
    let said = workshop.runner("init --example quick");
    assert_snapshot!(format!("{} {}", said.status, said.err), @"
    2 error: invalid value 'quick' for '--example <NAME>'
      [possible values: adapting, es_grid, es_minilm, heads, languages, quickstart, search, seeds, transfer]

      tip: a similar value exists: 'quickstart'

    For more information, try '--help'.
    ");
    let said = workshop.runner("init mine --example quickstart");
    assert_snapshot!(format!("{} {}", said.status, said.err), @"
    2 error: the argument '[NAME]' cannot be used with '--example <NAME>'

    Usage: runner init <NAME>

    For more information, try '--help'.
    ");
    assert_eq!(workshop.files("").into_keys().collect::<Vec<_>>(), ["grid.toml"]);
}
