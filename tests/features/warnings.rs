//! What a run knows is said once on the terminal, with what to do, and in the job's log; again where nothing is to do.

use crate::workshop::{GRID, Workshop};

/// Two seeds over data and a checkpoint in folders; `data`: files by name.
fn workshop(train: &str, test: &str, settings: &str) -> Workshop {
    let grid = GRID
        .replace("builtin:es", "./data")
        .replace("builtin:tiny", "./model")
        .replace("test_size = 40\n", "")
        .replace("max_length = 64", settings)
        .replace("data.train_size = [32, 64]\nmodel.freeze = [false, true]", "train.seed = [1, 2]");
    let workshop = Workshop::new(&grid);
    workshop.write_checkpoint("model", 8);
    workshop.write("data/train.txt", train);
    workshop.write("data/test.txt", test);
    workshop
}

/// The warnings of a text, each in one line.
fn warnings(said: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in said.lines() {
        assert!(!open || line.chars().count() <= 80, "{line}");
        if let Some(text) = line.strip_prefix("warning: ") {
            found.push(text.to_owned());
            open = true;
        } else if let Some(rest) = line.strip_prefix("  ").filter(|_| open) {
            let last = found.last_mut().unwrap();
            *last += &format!(" {rest}");
        } else {
            open = false;
        }
    }
    found
}

const TRAIN: &str = "Ana B-PER\nlee O\n\nLima B-LOC\n";

#[test]
fn words_beyond_max_length_are_said_with_the_length_that_would_do() {
    let long = "Ana B-PER\nlee O\nen O\nLima B-LOC\n. O\n\nLima B-LOC\n";
    let workshop = workshop(TRAIN, long, "max_length = 4");
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let expected = "3 of 6 test words (50.0 %) are beyond model.max_length = 4 and count as O (in 2 of 2 jobs): set model.max_length = 7 to cut nothing";
    assert!(warnings(&said.err).contains(&expected.to_owned()), "{}", said.err);
    let again = workshop.runner("run grid.toml");
    assert!(again.err.starts_with("grid: all "), "{}", again.err);
    assert_eq!(warnings(&again.err), warnings(&said.err));
    assert_eq!(warnings(&workshop.runner("plan grid.toml").err), warnings(&said.err));
    let key = workshop.cell("results/grid", "seed=2", "key").unwrap();
    let log = workshop.read(&format!("results/grid/.run/jobs/{key}/log.txt"));
    assert_eq!(log.matches("set model.max_length = 7 to cut nothing").count(), 1, "{log}");
    assert!(log.contains("weights loaded"), "what was logged before stays: {log}");
    // what it says is so
    workshop.write("grid.toml", workshop.read("grid.toml").replace("max_length = 4", "max_length = 7"));
    let said = workshop.runner("run grid.toml");
    assert!(!said.err.contains("max_length"), "{}", said.err);
    assert_eq!(workshop.cell("results/grid", "seed=1", "words_unseen").as_deref(), Some("0"));
}

#[test]
fn a_sentence_longer_than_the_model_takes_has_no_length_that_would_do() {
    let long = format!("{}\n", "Lima B-LOC\n".repeat(100));
    let said = workshop(TRAIN, &long, "max_length = 70").runner("run grid.toml");
    let expected = "32 of 100 test words (32.0 %) are beyond model.max_length = 70 and count as O (in 2 of 2 jobs): set model.window = true to read longer sentences in windows; the checkpoint's longest model.max_length is 70, which still cuts 32 words";
    assert!(warnings(&said.err).contains(&expected.to_owned()), "{}", said.err);
}

#[test]
fn words_without_a_piece_are_said() {
    let said = workshop(TRAIN, "Ana B-PER\n\u{200b} O\n", "max_length = 16").runner("run grid.toml");
    let expected = "1 of 2 test words (50.0 %) have no token in the tokenizer and count as O (in 2 of 2 jobs): clean the data, or choose a checkpoint whose tokenizer knows these words";
    assert!(warnings(&said.err).contains(&expected.to_owned()), "{}", said.err);
}

#[test]
fn test_sentences_that_were_trained_on_are_said_and_types_that_were_not() {
    let test = "Lima B-LOC\n\n2024 B-DATE\nlee O\n";
    let workshop = workshop(TRAIN, test, "max_length = 16");
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(warnings(&said.err).join("\n"), @r#"
    1 of 2 test sentences (50.0 %) are in the training set too (in 2 of 2 jobs): set data.drop_test_overlap = true
    the test set has types that no training sentence has: DATE (1 entity) (in 2 of 2 jobs): add training sentences with them, or map them to "O" in data.label_map
    "#);
    let one = workshop.runner("run grid.toml --only seed=2");
    assert!(one.err.contains("trained on") || one.err.contains("are in the training set too: set"), "{}", one.err);
    // a clone has the rows and the data, and says the same
    assert_eq!(warnings(&workshop.cloned().runner("plan grid.toml").err), warnings(&said.err));
}

#[test]
fn a_loss_that_rises_is_said() {
    let grid = GRID.replace("learning_rate = 2e-3", "learning_rate = 1e4\nmax_grad_norm = 0");
    let workshop = Workshop::new(&grid.replace("log_every = 5", "log_every = 1"));
    let said = workshop.runner("run grid.toml --only freeze=true");
    let found = warnings(&said.err);
    let rose = found.iter().find(|text| text.starts_with("the training loss rose from ")).expect(&said.err);
    assert!(rose.ends_with("(in 2 of 2 jobs): lower train.learning_rate"), "{rose}");
}

/// The first mean of the loss is of several steps: it may hold the rise.
#[test]
fn a_loss_that_rose_within_its_first_mean_is_said() {
    let grid = GRID.replace("learning_rate = 2e-3", "learning_rate = 1e4\nmax_grad_norm = 0");
    let workshop = Workshop::new(&grid.replace("log_every = 5", "log_every = 12"));
    let said = workshop.runner("run grid.toml --only freeze=true");
    assert_eq!(workshop.read("results/grid/curves.csv").lines().count(), 3, "one mean a job");
    assert!(said.err.contains("the training loss rose from "), "{}", said.err);
}

/// A type may be found by chance by a classifier that never learned it.
#[test]
fn a_type_that_was_not_trained_is_said_whatever_it_scores() {
    let test = "2024 B-DATE\n\n".repeat(3);
    let workshop = workshop(TRAIN, &test, "max_length = 16\nmax_steps = 1");
    let grid = workshop.read("grid.toml").replace("max_steps = 12\n", "").replace("[1, 2]", "[1, 2, 3, 4, 5, 6, 7, 8]");
    workshop.write("grid.toml", grid.replace("max_steps = 1\n", "").replace("[train]\n", "[train]\nmax_steps = 1\n"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let found: Vec<String> = workshop.read("results/grid/per_entity.csv").lines().map(str::to_owned).collect();
    assert!(found.iter().any(|row| row.contains("DATE,") && !row.contains("DATE,0,")), "{found:#?}");
    let expected = "the test set has types that no training sentence has: DATE (3 entities) (in 8 of 8 jobs)";
    assert!(warnings(&said.err).iter().any(|text| text.starts_with(expected)), "{}", said.err);
}

#[test]
fn nothing_is_warned_of_where_all_is_well() {
    let workshop = Workshop::new(&GRID.replace("max_length = 64", "max_length = 128"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(warnings(&said.err), Vec::<String>::new(), "{}", said.err);
}

#[test]
fn models_that_are_not_saved_are_said_before_and_after() {
    let workshop = workshop(TRAIN, "Ana B-PER\n", "max_length = 16");
    // a word embedding of a million rows of 32 floats: a hundred of them take 12.8 GB. Its weights are not there, so that
    // its jobs cannot run; those of the other do.
    workshop.write_checkpoint("large", 8);
    let config = workshop.read("large/config.json");
    let vocabulary = config.lines().find(|line| line.contains("\"vocab_size\"")).unwrap().to_owned();
    let end = if vocabulary.ends_with(',') { "," } else { "" };
    workshop.write("large/config.json", config.replace(&vocabulary, &format!("  \"vocab_size\": 1000000{end}")));
    let seeds: Vec<String> = (1..=100).map(|seed| seed.to_string()).collect();
    let grid = workshop.read("grid.toml").replace("[1, 2]", &format!("[{}]", seeds.join(", ")));
    let grid = grid + "model.checkpoint = [\"./model\", \"./large\"]\n";
    workshop.write("grid.toml", grid);
    let plan = workshop.runner("plan grid.toml --only seed=7");
    let said = workshop.runner("run grid.toml --only seed=7");
    for text in [&plan.err, &said.err] {
        let found = warnings(text);
        assert!(
            found.iter().any(|text| text.starts_with("models are not saved: together they need ")
                && text.ends_with("set save.models = \"all\" to score them later without training again")),
            "{text}"
        );
    }
    assert!(!workshop.path("results/grid/.run/models").exists());
}

#[test]
fn an_interrupted_run_without_a_result_shows_no_table() {
    let workshop = Workshop::new(&GRID.replace("max_steps = 12", "max_steps = 200000"));
    let binary = assert_cmd::cargo::cargo_bin!("runner");
    let mut command = std::process::Command::new("timeout");
    command.args(["--preserve-status", "-s", "INT", "2"]).arg(binary).args(["run", "grid.toml", "--jobs", "1"]);
    let output = command.current_dir(workshop.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("interrupted, 4 jobs left"), "{said}");
}

#[test]
fn data_without_an_entity_are_said() {
    let workshop = workshop("Ana O\nlee O\n", "Lima O\n", "max_length = 16");
    let wanted = "the data have no entity (in 2 of 2 jobs): check that the tags are in the column read; data.columns selects another";
    assert_eq!(warnings(&workshop.runner("plan grid.toml").err), [wanted]);
    assert_eq!(warnings(&workshop.runner("data grid.toml").err), [wanted.replace(" (in 2 of 2 jobs)", "")]);
    let run = workshop.runner("run grid.toml --threads 1");
    assert_eq!((run.status, &warnings(&run.err)[..]), (0, &[wanted.to_owned()][..]), "{}", run.err);
    workshop.write("data/test.txt", "Lima B-LOC\n");
    let wanted = wanted.replace("data have", "training set has").replace("check", "raise data.train_size, or check");
    assert_eq!(warnings(&workshop.runner("plan grid.toml").err), [wanted]);
}

#[test]
fn types_that_differ_in_spelling_alone_are_said() {
    let train = "Ana B-PER\n\nEva B-PER\n\nLea B-Per\n\nDon B-work_of_art\n\nDia B-WorkOfArt\n\nLima B-LOC\n";
    let workshop = workshop(train, "Lima B-LOC\n", "max_length = 16");
    let wanted = [
        "the types PER, Per differ only in spelling and count as 2 types (in 2 of 2 jobs): set data.label_map = { Per = \"PER\" } to merge them",
        "the types WorkOfArt, work_of_art differ only in spelling and count as 2 types (in 2 of 2 jobs): set data.label_map = { work_of_art = \"WorkOfArt\" } to merge them",
    ];
    assert_eq!(warnings(&workshop.runner("plan grid.toml").err), wanted);
    let run = warnings(&workshop.runner("run grid.toml --threads 1").err);
    assert!(wanted.iter().all(|wanted| run.iter().filter(|said| said == wanted).count() == 1), "{run:?}");
    let mapped = workshop
        .read("grid.toml")
        .replace("[model]", "label_map = { Per = \"PER\", work_of_art = \"WorkOfArt\" }\n[model]");
    workshop.write("grid.toml", mapped);
    assert_eq!(warnings(&workshop.runner("plan grid.toml").err), [""; 0]);
}

#[test]
fn epochs_without_effect_are_said() {
    let said = |epochs: &str| {
        let workshop = Workshop::new(&GRID.replace("max_steps = 12", &format!("{epochs}\nmax_steps = 12")));
        warnings(&workshop.runner("plan grid.toml").err)
    };
    let zero = "train.epochs = 0 has no effect in 4 of 4 jobs: train.max_steps overrides it, and the model is trained. To evaluate the checkpoint as it is, remove train.max_steps; to train, remove train.epochs";
    assert_eq!(said("epochs = 0"), [zero]);
    assert_eq!(said("epochs = 3"), [""; 0]);
    assert_eq!(said(""), [""; 0]);
    let workshop = Workshop::new(&GRID.replace("model.freeze = [false, true]", "train.epochs = [1, 2]"));
    let varied = warnings(&workshop.runner("plan grid.toml").err);
    assert!(
        varied[1].starts_with("train.epochs has no effect in 4 of 4 jobs: train.max_steps overrides it"),
        "{varied:?}"
    );
}
