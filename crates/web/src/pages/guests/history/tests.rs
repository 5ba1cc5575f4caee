use super::*;
use proptest::prelude::*;

const MOST: usize = limits::GUEST_COOKIES_MAX * limits::GUEST_COOKIE_BYTES_MAX;

fn seal() -> Seal {
    Seal::new("a secret", "guests")
}

fn pair(question: &str, answer: &str) -> Pair {
    Pair { question: question.into(), answer: answer.into(), cut: false }
}

/// Words that hardly compress: every character is drawn anew from all there are.
fn noise(seed: u64, chars: usize) -> String {
    let mut state = seed | 1;
    let mut drawn = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from_u32((state >> 20) as u32 % 0x11_0000)
    });
    let mut text = String::new();
    while text.chars().count() < chars {
        text.extend(drawn.next().flatten());
    }
    text
}

#[test]
fn a_conversation_comes_back_as_it_was() {
    let first = History::default().seal_with(&seal(), pair("hello", "good evening"), "0123456789abcdef");
    let second =
        History::open(&seal(), &first).seal_with(&seal(), pair("¿qué tal?", "bien"), "no form of ours");
    let history = History::open(&seal(), &second);
    let pairs: Vec<_> = history.pairs().cloned().collect();
    assert_eq!(pairs, [pair("hello", "good evening"), pair("¿qué tal?", "bien")]);
    assert!(history.knows("0123456789abcdef") && !history.knows("no form of ours") && !history.lost);
    let said: Vec<String> = history.asking("and you?").into_iter().map(|turn| turn.content).collect();
    assert_eq!(said, ["hello", "good evening", "¿qué tal?", "bien", "and you?"]);
}

#[test]
fn what_outgrows_the_cookies_loses_its_oldest_turns_and_says_so() {
    let mut history = History::default();
    for nth in 0..40 {
        let sealed = history.seal_with(&seal(), pair(&format!("question {nth}"), &noise(nth, 200)), "");
        assert!(sealed.len() <= MOST, "{}", sealed.len());
        history = History::open(&seal(), &sealed);
        assert_eq!(history.pairs().last(), Some(&pair(&format!("question {nth}"), &noise(nth, 200))));
    }
    assert!(history.lost && history.pairs().count() > 3, "{}", history.pairs().count());
    assert!(history.pairs().all(|pair| pair.question != "question 0"));
}

#[test]
fn what_compresses_well_is_bounded_all_the_same() {
    let mut history = History::default();
    for nth in 0..40 {
        let sealed = history.seal_with(&seal(), pair("a", &"b".repeat(4_000)), &format!("{nth:016x}"));
        history = History::open(&seal(), &sealed);
    }
    let bytes: usize = history.pairs().map(|pair| pair.answer.len()).sum();
    assert!(history.lost && (40_000..=limits::GUEST_HISTORY_BYTES_MAX).contains(&bytes), "{bytes}");
    assert_eq!(history.forms.len(), limits::GUEST_FORMS_MAX);
}

#[test]
fn the_newest_turn_fits_at_its_worst_and_what_is_cut_of_it_says_so() {
    for seed in 1..=8 {
        let (question, answer) =
            (noise(seed, limits::GUEST_MESSAGE_CHARS_MAX), noise(seed * 99, limits::GUEST_REPLY_CHARS_MAX));
        let before =
            History::open(&seal(), &History::default().seal_with(&seal(), pair("before", "yes"), ""));
        let sealed = before.seal_with(&seal(), pair(&question, &answer), "0123456789abcdef");
        assert!(sealed.len() <= MOST, "{}", sealed.len());
        let history = History::open(&seal(), &sealed);
        let kept = history.pairs().next().expect("the newest turn is there");
        assert_eq!(kept.question, question);
        assert!(kept.cut && kept.answer.chars().count() > 300, "{}", kept.answer.chars().count());
        assert!(answer.starts_with(&kept.answer) && history.lost);
    }
}

#[test]
fn control_characters_fit_too() {
    let question: String = noise(3, 2_000).chars().map(|c| char::from(1 + (c as u32 % 31) as u8)).collect();
    let history =
        History::open(&seal(), &History::default().seal_with(&seal(), pair(&question, "yes, all of it"), ""));
    assert_eq!(history.pairs().next().map(|pair| pair.question.as_str()), Some(question.as_str()));
}

#[test]
fn what_unpacks_to_more_than_its_bound_is_no_conversation() {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    let bomb = format!("{{\"t\":[],\"f\":[\"{}\"]}}", "a".repeat(4_000_000));
    packed.write_all(bomb.as_bytes()).expect("memory takes it");
    let sealed = seal().seal(&packed.finish().expect("memory takes it"));
    assert!(sealed.len() < MOST);
    assert_eq!(History::open(&seal(), &sealed), History::default());
}

proptest! {
    #[test]
    fn whatever_a_browser_brings_is_a_conversation_or_none(cookie in ".{0,200}", cut in 0_usize..100) {
        prop_assert_eq!(History::open(&seal(), &cookie), History::default());
        let good = History::default().seal_with(&seal(), pair("hello", "good evening"), "");
        prop_assert_eq!(History::open(&seal(), &good[..cut.min(good.len() - 1)]), History::default());
        prop_assert_eq!(History::open(&Seal::new("another", "guests"), &good), History::default());
    }
}
