use super::*;
use std::{collections::BTreeSet, fs, path::Path};

fn files(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("it is text")));
        }
    }
}

/// Every string of a program that is a sentence: a capital first, a full stop last.
fn sentences(program: &str) -> Vec<&str> {
    let program = program.split("#[cfg(test)]").next().unwrap_or_default();
    let code = program.lines().filter(|line| !line.trim_start().starts_with("//"));
    let strings = code.flat_map(|line| line.split('"').skip(1).step_by(2));
    strings
        .filter(|text| {
            text.ends_with('.') && text.contains(' ') && text.starts_with(|c: char| c.is_uppercase())
        })
        .collect()
}

/// What the interface says, from templates, programs and scripts.
fn keys() -> BTreeSet<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut templates = Vec::new();
    files(&here.join("templates"), "html", &mut templates);
    let mut found = BTreeSet::new();
    for (_, text) in &templates {
        for part in text.split("\"|t").collect::<Vec<_>>().split_last().map_or(&[][..], |(_, rest)| rest) {
            found.extend(part.rsplit_once('"').map(|(_, key)| key.to_owned()));
        }
    }
    let mut programs = Vec::new();
    for part in ["src/pages", "../domain/src", "../app/src", "../store/src"] {
        files(&here.join(part), "rs", &mut programs);
    }
    // What is said to a language model is said in English.
    let is_shown =
        |path: &str| ["conformance", "tests", "answering/tools"].iter().all(|part| !path.contains(part));
    programs.retain(|(path, _)| is_shown(path));
    for (_, text) in &programs {
        found.extend(sentences(text).into_iter().map(str::to_owned));
    }
    files(&here.join("src"), "rs", &mut programs);
    for (_, text) in &programs {
        found.extend(keys_called(text).map(str::to_owned));
    }
    found.extend(SCRIPT_KEYS.iter().map(|key| (*key).to_owned()));
    // These have a part that changes, or are said in the API only.
    found.retain(|key| !key.contains("{0}") && key != "There is no such room.");
    found
}

#[test]
fn every_text_has_its_translation_and_the_same_places() {
    let places = |text: &str| {
        let places = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let names = places.map(|(name, _)| name).filter(|name| name.chars().all(|c| c.is_alphanumeric()));
        names.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let keys = keys();
    assert!(keys.len() > 150, "the texts were not found: {}", keys.len());
    for words in Words::all().filter(|words| *words != Words::english()) {
        let missing: Vec<&String> = keys.iter().filter(|key| !words.0.texts.contains_key(*key)).collect();
        assert!(missing.is_empty(), "{} lacks {missing:#?}", words.tag());
        for (key, text) in &words.0.texts {
            assert_eq!(places(key), places(text), "{key}");
        }
    }
}

#[test]
fn the_browsers_wish_decides_and_the_persons_wins() {
    let asked = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, text.parse().expect("a header"));
        Words::accepted(&headers).tag()
    };
    assert_eq!(asked("es-MX,es;q=0.9,en;q=0.8"), "es");
    assert_eq!(asked("fr,en;q=0.5,es;q=0.7"), "es");
    assert_eq!(asked("en-GB,en,es"), "en");
    assert_eq!(asked("fr, es;q=0"), "en");
    let preferred = Words::english().speak(|| {
        Words::prefer("es-ES");
        Words::here().tag()
    });
    assert_eq!(preferred, "es");
    assert_eq!(Words::here().tag(), "en");
}

#[test]
fn errors_are_said_in_the_readers_language() {
    let spanish = Words::of("es").expect("it is there");
    let invalid = domain::messages::content(&"x".repeat(10_001)).expect_err("too long");
    assert_eq!(spanish.invalid(&invalid), "Un mensaje tiene como máximo 10000 caracteres.");
    assert_eq!(spanish.error(&Error::WrongPassword), "El nombre y la contraseña no coinciden.");
    assert_eq!(Words::english().error(&Error::WrongPassword), "Name and password do not match.");
}
