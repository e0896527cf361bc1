//! Sentences longer than an input, read in windows: `model.window`, `model.stride`.

use crate::workshop::{Said, Workshop, assert_same};

/// One job on documents of several sentences; `model` and `train`: more of these tables.
fn experiment(model: &str, train: &str) -> String {
    format!(
        "[data]\ndataset = \"./documents\"\nvalidation_size = 6\ntest_size = 8\n\n\
         [model]\ncheckpoint = \"builtin:tiny\"\n{model}\n\n\
         [train]\nepochs = 6\nbatch_size = 4\nlearning_rate = 4e-3\nlog_every = 4\nevaluate_every = \"epoch\"\n{train}\n"
    )
}

/// Documents of 45 to 60 words that the built-in tokenizer knows, a token each.
fn documents() -> [Vec<(String, String)>; 2] {
    const SENTENCES: [(&str, &str); 6] = [
        ("Ana vive en Toledo .", "B-PER O O B-LOC O"),
        ("El Betis juega en Lima", "O B-ORG O O B-LOC"),
        ("en Toledo vive Ana", "O B-LOC O B-PER"),
        ("Lima y Toledo", "B-LOC O B-LOC"),
        ("Ana juega con el Betis .", "B-PER O O O B-ORG O"),
        ("y con Ana Lima en Toledo", "O O B-PER I-PER O B-LOC"),
    ];
    let document = |at: usize| {
        let of = (0..10).map(|turn| SENTENCES[(at * 7 + turn * (1 + at % 5)) % SENTENCES.len()]);
        let (words, tags): (Vec<_>, Vec<_>) = of.unzip();
        (words.join(" "), tags.join(" "))
    };
    [(0..16).map(document).collect(), (16..24).map(document).collect()]
}

fn workshop(text: &str) -> Workshop {
    let workshop = Workshop::new(text);
    let [train, test] = documents();
    for (name, rows) in [("train", &train), ("validation", &test), ("test", &test)] {
        let rows: Vec<(&str, &str)> = rows.iter().map(|(words, tags)| (words.as_str(), tags.as_str())).collect();
        workshop.write_split(&format!("documents/{name}-00000-of-00001.parquet"), &rows);
    }
    workshop
}

fn run(text: &str, options: &str) -> Workshop {
    let workshop = workshop(text);
    let said = workshop.runner(&format!("run grid.toml {options}"));
    assert_eq!(said.status, 0, "{text}\n{}", said.err);
    workshop
}

fn refused(model: &str, train: &str) -> Said {
    let said = workshop(&experiment(model, train)).runner("run grid.toml");
    assert_ne!(said.status, 0, "{model} {train}");
    said
}

/// The predicted tags of the job, a line a sentence.
fn predictions(workshop: &Workshop) -> String {
    workshop.read("results/grid/predictions/base.tags")
}

fn cell(workshop: &Workshop, column: &str) -> String {
    workshop.cell("results/grid", "base", column).unwrap()
}

#[test]
fn nothing_is_cut_off_and_the_whole_of_a_long_document_is_learned() {
    let cut = run(&experiment("max_length = 16", ""), "");
    let read = run(&experiment("max_length = 16\nwindow = true", ""), "");
    assert!(cell(&cut, "words_unseen").parse::<usize>().unwrap() > 150);
    assert_eq!(cell(&read, "words_unseen"), "0");
    assert_eq!(cell(&cut, "steps"), cell(&read, "steps"), "a batch is so many sentences, however long");
    let score = |workshop| cell(workshop, "test_entity_f1").parse::<f64>().unwrap();
    assert!(score(&read) > 0.8 && score(&read) > score(&cut) + 0.3, "{} {}", score(&cut), score(&read));
    let gold = documents()[1].iter().map(|(_, tags)| tags.split(' ').count()).collect::<Vec<_>>();
    let predictions = predictions(&read);
    let counts = predictions.lines().map(|line| line.split(' ').filter(|tag| *tag != "-").count());
    assert_eq!(counts.collect::<Vec<_>>(), gold);
}

#[test]
fn windows_longer_than_every_sentence_change_nothing() {
    let [cut, read] = ["max_length = 100", "window = 100"].map(|model| run(&experiment(model, ""), ""));
    assert_eq!(predictions(&cut), predictions(&read));
    let curve = |workshop: &Workshop| workshop.read("results/grid/curves.csv");
    assert_eq!(curve(&cut).lines().last().unwrap(), curve(&read).lines().last().unwrap());
    assert_eq!(cell(&cut, "test_entity_f1"), cell(&read, "test_entity_f1"));
}

#[test]
fn a_model_that_was_trained_on_windows_tags_a_document_as_it_was_tested() {
    for (model, train) in [
        ("window = 16\nstride = 4", ""),
        ("window = 16\ndecoding = \"constrained\"", ""),
        ("window = 20\nstride = 0", "loss = \"crf\"\nhead_learning_rate = 1e-2"),
        ("window = 12\nstride = 9\nfreeze = true", "cache_features = true"),
    ] {
        let workshop = run(&experiment(model, train), "");
        let words: String = documents()[1].iter().map(|(words, _)| format!("{words}\n")).collect();
        workshop.write("words.txt", words);
        let said = workshop.runner("predict results/grid --input words --format conll words.txt");
        assert_eq!(said.status, 0, "{}", said.err);
        let sentence =
            |lines: &str| lines.lines().map(|line| line.split_once('\t').unwrap().1).collect::<Vec<_>>().join(" ");
        let tags: Vec<String> = said.out.split("\n\n").filter(|text| !text.is_empty()).map(sentence).collect();
        assert_eq!(tags.join("\n"), predictions(&workshop).trim_end(), "{model} {train}");
    }
}

#[test]
fn bytes_are_the_same_on_any_threads_and_behind_a_kill() {
    for train in ["gradient_accumulation = 2", "loss = \"crf\"", "class_weights = \"balanced\""] {
        let text = experiment("window = 16\nstride = 4", train) + "\n[save]\ncheckpoint_minutes = 0.0005\n";
        let one = run(&text, "--threads 1");
        assert_same(&one.committed("results/grid"), &run(&text, "--threads 2").committed("results/grid"));
        let killed = workshop(&text);
        let mut child = killed.start("run grid.toml");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
        let said = killed.runner("run grid.toml");
        assert!(said.err.contains("resuming from step "), "{}", said.err);
        assert_same(&one.committed("results/grid"), &killed.committed("results/grid"));
    }
}

#[test]
fn cut_and_read_in_windows_are_values_of_one_axis() {
    let text = experiment("max_length = 16", "") + "\n[matrix]\nmodel.window = [false, true, 24]\n";
    let said = workshop(&text).runner("plan grid.toml");
    assert_ne!(said.status, 0, "a window of 24 tokens takes the place of max_length");
    let text = text.replace(", 24]", "]");
    let workshop = run(&text, "");
    assert_eq!(workshop.jobs("results/grid").len(), 2);
    let unseen = |job: &str| workshop.cell("results/grid", job, "words_unseen").unwrap();
    assert!(unseen("window=false") != "0" && unseen("window=true") == "0");
}

#[test]
fn data_says_how_many_windows_there_are() {
    let text = experiment("window = 16\nstride = 4", "");
    let workshop = workshop(&text);
    let said = workshop.runner("data grid.toml");
    let row = |name: &str| said.out.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    assert!(said.out.contains("in windows of 16"), "{}", said.out);
    let windows: Vec<usize> =
        row("windows").unwrap().split_whitespace().skip(1).map(|count| count.parse().unwrap()).collect();
    assert!(windows.len() == 3 && windows[0] > 5 * 16, "{windows:?}");
    assert_eq!(row("sentences cut").unwrap().split_whitespace().skip(2).collect::<Vec<_>>(), ["0"; 3]);
    workshop.write("grid.toml", experiment("max_length = 16", ""));
    assert!(!workshop.runner("data grid.toml").out.contains("windows"));
}

#[test]
fn windows_that_cannot_be_are_refused() {
    let said = refused("stride = 4", "");
    assert!(said.err.contains("`model.stride` needs `model.window`, which is unset"), "{}", said.err);
    let said = refused("window = 16\nmax_length = 32", "");
    assert!(said.err.contains("model.max_length") && said.err.contains("write `window = true`"), "{}", said.err);
    let said = refused("window = 16\nstride = 14", "");
    assert!(said.err.contains("model.stride = 14 leaves windows no step: they have 14 tokens beside"), "{}", said.err);
    let said = refused("window = 16\nstride = 16", "");
    assert!(said.err.contains("`model.stride` is not below the `model.window` of some jobs"), "{}", said.err);
    let said = refused("window = 3000", "");
    assert!(
        said.err.contains("a window of 3000 tokens (model.window) exceeds the checkpoint's longest"),
        "{}",
        said.err
    );
    let said = refused("window = 2", "");
    assert!(said.err.contains("takes true, false or a whole number from 3"), "{}", said.err);
}
