//! How good the embedded classifier is, on phrases that it did not learn. Times are not held here: `tertulia bot eval` measures them.

use bots::intents::{
    Chance, Classifier, Figures, Phrase, Script, THRESHOLD, confidence, evaluate, mistype, read_phrases,
    starter,
};

const TRAIN: &str = include_str!("data/clinc150/train.tsv");
const VALIDATION: &str = include_str!("data/clinc150/val.tsv");

fn learn(lines: &str) -> Classifier {
    Classifier::of(&Script::of_phrases(&read_phrases(lines).expect("phrases with intents")))
}

fn measure(classifier: &Classifier, phrases: &[Phrase<'_>]) -> Figures {
    evaluate(classifier, phrases, confidence(THRESHOLD))
}

#[test]
fn a_hundred_and_fifty_intents_are_understood_and_what_means_none_is_rejected() {
    let classifier = learn(TRAIN);
    let phrases = read_phrases(VALIDATION).expect("phrases with intents");
    let figures = measure(&classifier, &phrases);
    assert!(figures.accuracy > Some(0.932), "{figures:?}");
    assert!(figures.in_scope_recall > Some(0.913), "{figures:?}");
    assert!(figures.out_of_scope_recall > Some(0.75), "{figures:?}");
    assert!(figures.auroc > Some(0.96), "{figures:?}");
    let mut chance = Chance::new(1);
    let typed: Vec<String> = phrases.iter().map(|phrase| mistype(phrase.text, 1, &mut chance)).collect();
    let typed: Vec<Phrase<'_>> =
        typed.iter().zip(&phrases).map(|(text, phrase)| Phrase { text, ..*phrase }).collect();
    let figures = measure(&classifier, &typed);
    assert!(figures.accuracy > Some(0.915), "{figures:?}");
    if let Some(peak) = peak_memory_kib() {
        assert!(peak < 150_000, "{peak} KiB");
    }
}

/// Of this process, which runs this test alone; `None` where the system does not say.
fn peak_memory_kib() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// Ten phrases of each of fifteen intents and nothing that means none, as a new bot has it.
#[test]
fn few_phrases_of_few_intents_are_enough_and_strangers_are_rejected_though_it_never_heard_one() {
    let train = read_phrases(TRAIN).expect("phrases with intents");
    let intents: Vec<&str> = train.iter().step_by(700).map(|phrase| phrase.intent).take(15).collect();
    let few: Vec<Phrase<'_>> = intents
        .iter()
        .flat_map(|intent| train.iter().filter(move |phrase| phrase.intent == *intent).take(10))
        .copied()
        .collect();
    assert_eq!(few.len(), 150);
    let validation = read_phrases(VALIDATION).expect("phrases with intents");
    let tried: Vec<Phrase<'_>> = validation
        .into_iter()
        .filter(|phrase| phrase.intent == "oos" || intents.contains(&phrase.intent))
        .collect();
    let figures = measure(&Classifier::of(&Script::of_phrases(&few)), &tried);
    assert!(figures.accuracy > Some(0.9), "{figures:?}");
    assert!(figures.in_scope_recall > Some(0.85), "{figures:?}");
    assert!(figures.out_of_scope_recall > Some(0.7), "{figures:?}");
}

#[test]
fn other_languages_and_emoji_are_learnt_like_english() {
    let classifier = learn(
        "¿qué hora es?\ttime\ndime la hora, por favor\ttime\n¿me puedes decir la hora?\ttime\n\
         现在几点了\ttime\n请告诉我时间\ttime\n今何時ですか\ttime\nكم الساعة الآن\ttime\nсколько времени\ttime\n\
         hola\tgreeting\nbuenos días a todos\tgreeting\n你好\tgreeting\n早上好\tgreeting\nこんにちは\tgreeting\n\
         مرحبا\tgreeting\nпривет всем\tgreeting\n👋\tgreeting\n안녕하세요\tgreeting\n\
         cuéntame un chiste\tjoke\n讲个笑话\tjoke\n冗談を言って\tjoke\nقل لي نكتة\tjoke\nрасскажи анекдот\tjoke\n😂\tjoke\n",
    );
    let tries = [
        ("que hora es ahora", "time"),
        ("QUÉ HORA ES", "time"),
        ("几点了？", "time"),
        ("今は何時？", "time"),
        ("كم الساعة", "time"),
        ("buenos dias", "greeting"),
        ("早上好！", "greeting"),
        ("ПРИВЕТ", "greeting"),
        ("👋🏽👋🏽", "greeting"),
        ("안녕하세요!", "greeting"),
        ("un chiste por favor", "joke"),
        ("再讲个笑话吧", "joke"),
        ("расскажи мне анекдот", "joke"),
        ("😂😂", "joke"),
    ];
    for (text, intent) in tries {
        let best = classifier.best(text).expect("intents were learnt");
        assert_eq!(best.intent, intent, "{text}: {best:?}");
        assert!(best.margin > THRESHOLD, "{text}: {best:?}");
    }
    assert!(classifier.best("der Hund schläft auf dem Sofa").is_some_and(|best| best.margin < THRESHOLD));
}

#[test]
fn one_intent_alone_is_understood_and_does_not_take_everything_for_itself() {
    let classifier =
        learn("when do you open\thours\nwhat are your opening hours\thours\nare you open on sunday\thours");
    assert!(classifier.best("when are you open").is_some_and(|best| best.margin > THRESHOLD));
    assert!(classifier.best("my bicycle has a flat tyre").is_some_and(|best| best.margin < THRESHOLD));
    assert!(classifier.best("").is_some_and(|best| best.margin < THRESHOLD));
    let single = learn("hello\tgreeting");
    assert!(single.best("hello").is_some_and(|best| best.margin > THRESHOLD));
    assert!(single.best("what is the price of milk").is_some_and(|best| best.margin < THRESHOLD));
}

#[test]
fn a_phrase_written_twice_counts_once() {
    let (once, twice) =
        ("red car\tcar\nblue sky\tsky\n", "red car\tcar\nblue sky\tsky\nRed car\tcar\nred car!\tcar\n");
    assert_eq!(learn(once).rank("a red thing"), learn(twice).rank("a red thing"));
}

/// Questions to the starter bot that are not among its phrases.
#[test]
fn the_starter_bot_understands_other_words_than_it_learnt_and_says_when_it_does_not() {
    let starter = starter();
    let asked = read_phrases(include_str!("data/starter.tsv")).expect("phrases with intents");
    let learnt = starter.phrases();
    assert!(asked.iter().all(|phrase| learnt.iter().all(|other| other.text != phrase.text)));
    let threshold = starter.threshold.expect("it has one of its own");
    let figures = evaluate(&Classifier::of(&starter), &asked, threshold);
    assert!(figures.in_scope_recall > Some(0.92), "{figures:?}");
    assert!(figures.out_of_scope_recall > Some(0.6), "{figures:?}");
}

/// The example in the documents.
#[test]
fn the_documented_script_is_a_good_one() {
    let document = include_str!("../../../docs/bots.md");
    let (_, rest) = document.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let script = Script::read(example).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(Script::read(&script.write()).unwrap_or_else(|error| panic!("{error}")), script);
    let every_field = [
        !script.description.is_empty(),
        !script.avatar.is_empty(),
        script.threshold.is_some() && script.hand_over_below.is_some(),
        !script.fallback.phrases.is_empty(),
        script.intents.iter().any(|intent| !intent.after.is_empty()),
        script.intents.iter().any(|intent| intent.answers_like.is_some()),
        script.entities.values().any(|entity| !entity.synonyms.is_empty()),
        script.entities.values().any(|entity| entity.pattern.is_some()),
    ];
    assert_eq!(every_field, [true; 8]);
}
