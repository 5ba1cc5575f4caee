//! The bot that is inside the binary, so that the first conversation on a new server is a real one.

use super::Script;

/// Its script in the file format, as `tertulia bot export` would write it, with comments.
pub const STARTER: &str = include_str!("../../starter.toml");

/// Its script.
pub fn starter() -> Script {
    Script::read(STARTER).expect("a test reads it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_in_the_binary_is_a_good_one() {
        let script = Script::read(STARTER).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Script::read(&script.write()).unwrap_or_else(|error| panic!("{error}")), script);
    }
}
