//! `docs/contract.md` says for every row of what the seeds' clients rely on which tests show it. Here it is held to that: no row is
//! left out, every row names a test or says that it has none, and every named test is in the sources.

use std::{ops::RangeInclusive, path::Path};

/// The rows of each system, in order.
const ROWS: [(&str, RangeInclusive<u8>); 5] =
    [("S0", 1..=11), ("S1", 1..=4), ("S2", 1..=11), ("S3", 1..=15), ("S4", 1..=8)];

const DOCUMENT: &str = include_str!("../../../docs/contract.md");

/// What is wrong with a document, in words.
fn faults(document: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut written = document.split("\n- **").skip(1);
    for name in ROWS.into_iter().flat_map(|(system, rows)| rows.map(move |row| format!("{system}.{row}"))) {
        match written.next().map(|row| row.split_once("** ").unwrap_or((row, ""))) {
            Some((found, row)) if found == name => faults.extend(faults_of(&name, row)),
            found => faults.push(format!("where {name} belongs stands {:?}", found.map(|(found, _)| found))),
        }
    }
    faults.extend(written.map(|row| format!("too much: {row}")));
    faults
}

/// What is wrong with one row.
fn faults_of(name: &str, row: &str) -> Vec<String> {
    // Below the last row of a system stands the title of the next one.
    let (says, tests): (Vec<&str>, Vec<&str>) = row
        .lines()
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| !line.is_empty())
        .partition(|line| !line.starts_with("  - "));
    let untested = says.iter().any(|line| line.contains("*No test*"));
    let mut faults: Vec<String> = tests
        .into_iter()
        .filter(|test| !exists(test))
        .map(|test| format!("{name}:{test} is not there"))
        .collect();
    if untested == row.contains("\n  - ") {
        faults.push(format!("{name} names tests, or says *No test*, and not both"));
    }
    faults
}

/// Whether a line's test is in the line's file.
fn exists(line: &str) -> bool {
    let parts: Vec<&str> = line.split('`').collect();
    let [_, file, _, name, ""] = parts[..] else { return false };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let Ok(source) = std::fs::read_to_string(path) else { return false };
    match file.ends_with(".rs") {
        true => source.contains(&format!("fn {name}()")),
        false => source.contains(&format!("\n  \"{name}\": ")),
    }
}

#[test]
fn every_row_of_the_contract_names_tests_that_exist() {
    assert_eq!(faults(DOCUMENT), Vec::<String>::new());
}

#[test]
fn a_row_that_is_missing_or_names_nothing_is_noticed() {
    let without_a_row = DOCUMENT.replace("\n- **S2.8**", "\n");
    assert!(faults(&without_a_row)[0].contains("where S2.8 belongs"), "{:?}", faults(&without_a_row));
    let renamed = DOCUMENT.replace("`s4_2_two_processes", "`s4_2_three_processes");
    assert_eq!(faults(&renamed).len(), 1, "{:?}", faults(&renamed));
    let moved = DOCUMENT.replace("`browser/chats.mjs` `scripts off", "`browser/guests.mjs` `scripts off");
    assert_eq!(faults(&moved).len(), 1, "{:?}", faults(&moved));
    let unsaid = DOCUMENT.replace("\n- **S4.4** Each", "\n- **S4.4** *No test*. Each");
    assert!(faults(&unsaid)[0].contains("and not both"), "{:?}", faults(&unsaid));
}
