//! Answers come as soon as their lines are there, and end as the reader wants.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use super::{Workshop, answers, predict, tiny};

fn start(workshop: &Workshop, options: &str) -> Child {
    let mut command = workshop.command(&format!("predict results/grid --device cpu {options}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

const SENTENCES: [&str; 4] = ["Ana García vive en Toledo", "", "El Betis juega en Sevilla", "Habla con Pedro Ruiz"];

#[test]
fn each_line_is_answered_before_the_next_is_written_and_with_the_same_bytes() {
    let workshop = tiny();
    let at_once = answers(&workshop, "--format jsonl", SENTENCES.join("\n") + "\n");
    let mut child = start(&workshop, "--format jsonl --threads 1");
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let mut one_by_one = String::new();
    for line in SENTENCES {
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
        // would wait for ever if the answer waited for more input
        stdout.read_line(&mut one_by_one).unwrap();
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(one_by_one, at_once);
}

#[test]
fn answers_have_the_same_bytes_for_any_number_of_threads_and_any_lines_beside_them() {
    let workshop = tiny();
    let many: String = (0..400).map(|at| SENTENCES[at % 4].to_owned() + &" y en Lima".repeat(at % 7) + "\n").collect();
    let one_thread = answers(&workshop, "--format jsonl --threads 1", many.as_str());
    assert_eq!(answers(&workshop, "--format jsonl --threads 3", many.as_str()), one_thread);
    let reversed: String = many.lines().rev().map(|line| line.to_owned() + "\n").collect();
    let of_reversed = answers(&workshop, "--format jsonl --threads 2", reversed);
    assert_eq!(of_reversed.lines().rev().map(|line| line.to_owned() + "\n").collect::<String>(), one_thread);
}

#[test]
fn a_reader_who_has_seen_enough_ends_it_quietly() {
    let workshop = tiny();
    let mut child = start(&workshop, "");
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", SENTENCES[0]).unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    assert!(first.contains("Ana"), "{first}");
    drop(stdout);
    // the input stays open: the next answer finds no reader
    let _closed = writeln!(stdin, "{}", SENTENCES[2]);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_it_with_130_while_it_waits_for_input() {
    let workshop = tiny();
    let mut child = start(&workshop, "");
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{}", SENTENCES[0]).unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn no_input_has_no_answer() {
    let workshop = tiny();
    for format in ["text", "conll", "jsonl"] {
        assert_eq!(answers(&workshop, &format!("--input {format} --format {format}"), ""), "");
    }
    let said = predict(&workshop, "", "\n");
    assert_eq!((said.status, said.out.as_str()), (0, "\n"));
}
