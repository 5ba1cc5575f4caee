//! Dice: what a message asks to be thrown, and the throw.

use super::chance::Chance;
use domain::limits;

/// How many dice of how many faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Throw {
    dice: usize,
    faces: usize,
}

const WORDS: [&str; 11] =
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// Throws what a text asks for: `2d6`, `d20`, `three dice`, else one die of six faces. More than
/// [`limits::DICE_MAX`] dice of [`limits::DICE_FACES_MAX`] faces are not thrown, and the answer shows how many were.
pub(super) fn throw(text: &str, chance: &mut Chance) -> String {
    let Throw { dice, faces } = asked(text);
    let thrown: Vec<usize> = (0..dice).map(|_| chance.below(faces) + 1).collect();
    let list = thrown.iter().map(usize::to_string).collect::<Vec<_>>().join(" + ");
    match (dice, faces) {
        (1, 6) => list,
        (1, _) => format!("{list} (d{faces})"),
        _ => format!("{list} = {} ({dice}d{faces})", thrown.iter().sum::<usize>()),
    }
}

fn asked(text: &str) -> Throw {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let within = |dice: usize, faces: usize| Throw {
        dice: dice.clamp(1, limits::DICE_MAX),
        faces: faces.clamp(2, limits::DICE_FACES_MAX),
    };
    let written = words.iter().find_map(|word| {
        let (dice, faces) = word.split_once('d')?;
        let dice = if dice.is_empty() { Some(1) } else { number(dice) };
        Some(within(dice?, number(faces)?))
    });
    let counted =
        || words.iter().find_map(|word| WORDS.iter().position(|name| name == word).or_else(|| number(word)));
    written.unwrap_or_else(|| within(counted().unwrap_or(1), 6))
}

/// A number of any length; what is longer than any limit is taken for that.
fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_thrown_within_the_limits() {
        let asks = [
            ("roll 2d6 for me", 2, 6),
            ("D20", 1, 20),
            ("throw three dice", 3, 6),
            ("roll 4 dice", 4, 6),
            ("roll the dice", 1, 6),
            ("99999999999999999999999d0", 20, 2),
            ("dd d d5d good", 1, 6),
        ];
        for (text, dice, faces) in asks {
            assert_eq!(asked(text), Throw { dice, faces }, "{text}");
        }
    }

    #[test]
    fn a_throw_shows_each_die_and_the_sum() {
        let mut chance = Chance::new(3);
        let many = throw("2d6", &mut chance);
        let (list, rest) = many.split_once(" = ").expect("a sum");
        let sum: usize = list.split(" + ").map(|die| die.parse::<usize>().expect("a number")).sum();
        assert_eq!(rest, format!("{sum} (2d6)"));
        assert!((1..=6).contains(&throw("a dice", &mut chance).parse::<usize>().expect("a number")));
        assert!(throw("d20", &mut chance).ends_with(" (d20)"));
    }
}
