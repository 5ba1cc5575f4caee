//! Colours for code: words a language keeps for itself, strings, names that are called, comments. Nothing more.
//!
//! It reads from the left and never looks back, so that code which is still being written looks as it will when it is
//! whole. It knows no grammar; where a language surprises it, a word has the wrong colour and nothing else happens.

use super::escape::escape_into;

struct Language {
    /// Its names, as they are written after a fence.
    names: &'static [&'static str],
    /// The words it keeps for itself.
    words: &'static str,
    /// What begins a comment up to the end of the line.
    remarks: &'static [&'static str],
    /// What begins and ends a comment over several lines.
    block: Option<(&'static str, &'static str)>,
    /// The characters strings stand between; one with an accent grave goes over several lines.
    quotes: &'static str,
    /// Keywords may be written in capitals too.
    loud: bool,
}

const C_BLOCK: Option<(&str, &str)> = Some(("/*", "*/"));

const LANGUAGES: [Language; 11] = [
    Language {
        names: &["rust", "rs"],
        words: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while",
        remarks: &["//"],
        block: C_BLOCK,
        quotes: "\"",
        loud: false,
    },
    Language {
        names: &["js", "javascript", "jsx", "mjs", "ts", "typescript", "tsx"],
        words: "as async await break case catch class const continue debugger default delete do else enum export extends false finally for from function get if implements import in instanceof interface let new null of private protected public readonly return set static super switch this throw true try type typeof undefined var void while with yield",
        remarks: &["//"],
        block: C_BLOCK,
        quotes: "\"'`",
        loud: false,
    },
    Language {
        names: &[
            "c", "h", "cpp", "c++", "hpp", "java", "cs", "csharp", "c#", "kotlin", "kt", "swift", "scala",
            "php", "dart", "zig",
        ],
        words: "abstract as assert auto bool boolean break byte case catch char class const constexpr continue default defer delete do double echo else enum extends extern false final finally float for foreach fun func function guard if implements import in include inline instanceof int interface internal is let long namespace new nil null nullptr object operator override package private protected public register return short signed sizeof static string struct super switch template this throw throws true try typedef typename union unsigned using val var virtual void volatile when where while",
        remarks: &["//"],
        block: C_BLOCK,
        quotes: "\"'",
        loud: false,
    },
    Language {
        names: &["go", "golang"],
        words: "break case chan const continue default defer else fallthrough false for func go goto if import interface iota map nil package range return select struct switch true type var",
        remarks: &["//"],
        block: C_BLOCK,
        quotes: "\"'`",
        loud: false,
    },
    Language {
        names: &["py", "python", "python3"],
        words: "False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
        remarks: &["#"],
        block: None,
        quotes: "\"'",
        loud: false,
    },
    Language {
        names: &["rb", "ruby", "elixir", "ex", "perl", "pl", "r"],
        words: "alias and begin break case class def defmodule do else elsif end ensure false fn for foreach function if in module my next nil not or redo rescue retry return self sub super then true undef unless until use when while yield",
        remarks: &["#"],
        block: None,
        quotes: "\"'",
        loud: false,
    },
    Language {
        names: &["sh", "bash", "shell", "zsh", "fish", "console", "dockerfile", "docker", "make", "makefile"],
        words: "case do done elif else esac eval exec exit export fi for function if in local read return select set shift source then trap unset until while from run copy cmd entrypoint env workdir expose",
        remarks: &["#"],
        block: None,
        quotes: "\"'",
        loud: true,
    },
    Language {
        names: &["sql", "psql", "postgres", "mysql", "sqlite"],
        words: "add all alter and as asc begin between by case check column commit constraint create cross database default delete desc distinct drop else end except exists foreign from full group having if in index inner insert intersect into is join key left like limit not null offset on or order outer primary references returning right rollback select set table then union unique update using values view when where with",
        remarks: &["--"],
        block: C_BLOCK,
        quotes: "\"'",
        loud: true,
    },
    Language {
        names: &["json", "yaml", "yml", "toml", "ini", "conf", "env", "nginx"],
        words: "true false null yes no on off",
        remarks: &["#", ";"],
        block: None,
        quotes: "\"'",
        loud: false,
    },
    Language {
        names: &["lua", "haskell", "hs", "elm", "ada"],
        words: "and begin break case class data deriving do else elseif end false for function if import in infix instance is let local module newtype nil not of or procedure repeat return then true type until where while",
        remarks: &["--"],
        block: None,
        quotes: "\"",
        loud: false,
    },
    Language {
        names: &["css", "scss", "less", "html", "xml", "svg", "vue"],
        words: "important media supports import layer container keyframes from to and not only",
        remarks: &[],
        block: C_BLOCK,
        quotes: "\"'",
        loud: false,
    },
];

/// Appends code with its colours; in a language nobody has heard of, plain.
pub(super) fn highlight(out: &mut String, code: &str, language: &str) {
    let language = language.to_ascii_lowercase();
    match LANGUAGES.iter().find(|known| known.names.contains(&language.as_str())) {
        Some(language) => colour(out, code, language),
        None => escape_into(out, code),
    }
}

fn colour(out: &mut String, code: &str, language: &Language) {
    let mut rest = code;
    let mut glued = false;
    while let Some(first) = rest.chars().next() {
        let (class, length) = match comment(rest, language).filter(|_| !glued) {
            Some(length) => ("c", length),
            None if language.quotes.contains(first) => ("s", string(rest, first)),
            None if first.is_alphabetic() || first == '_' => word(rest, language),
            None => ("", rest.find(|c: char| !c.is_numeric()).filter(|n| *n > 0).unwrap_or(first.len_utf8())),
        };
        // Inside a word (a colour, an address, `$#`) a sign begins no comment.
        glued = !matches!(class, "c" | "s")
            && !rest[..length].ends_with(|c: char| c.is_whitespace() || "(){}[];,".contains(c));
        piece(out, class, &rest[..length]);
        rest = &rest[length..];
    }
}

fn piece(out: &mut String, class: &str, text: &str) {
    if class.is_empty() {
        return escape_into(out, text);
    }
    out.push_str("<span class=\"");
    out.push_str(class);
    out.push_str("\">");
    escape_into(out, text);
    out.push_str("</span>");
}

/// The length of the comment that begins here.
fn comment(code: &str, language: &Language) -> Option<usize> {
    let (opens, closes) = language.block.unwrap_or_default();
    if !opens.is_empty() && code.starts_with(opens) {
        let inside = &code[opens.len()..];
        return Some(inside.find(closes).map_or(code.len(), |end| opens.len() + end + closes.len()));
    }
    let remark = language.remarks.iter().any(|remark| code.starts_with(remark));
    remark.then(|| code.find('\n').unwrap_or(code.len()))
}

/// The length of the string that begins here. One that nobody closes ends with its line.
fn string(code: &str, quote: char) -> usize {
    let triple = [quote; 3].iter().collect::<String>();
    if quote != '`' && code.starts_with(&triple) {
        return code[3..].find(&triple).map_or(code.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            '\n' if quote != '`' => return at,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    code.len()
}

/// A word: one the language keeps, a name that is called, or another.
fn word(code: &str, language: &Language) -> (&'static str, usize) {
    let length = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
    let word = &code[..length];
    let lower = word.to_ascii_lowercase();
    let kept = |word: &str| language.words.split(' ').any(|known| known == word);
    let called = code[length..].starts_with('(') || code[length..].starts_with("!(");
    match () {
        () if kept(word) || (language.loud && kept(&lower)) => ("k", length),
        () if called => ("n", length),
        () => ("", length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coloured(language: &str, code: &str) -> String {
        let mut out = String::new();
        highlight(&mut out, code, language);
        out.replace("<span class=\"", "<").replace("\">", ">").replace("</span>", "</>")
    }

    #[test]
    fn four_colours_and_no_more() {
        let sql = "select min(leaves) from stops where day = 'sat' -- was: sun";
        let wanted = "<k>select</> <n>min</>(leaves) <k>from</> stops <k>where</> day = <s>&#39;sat&#39;</> <c>-- was: sun</>";
        assert_eq!(coloured("sql", sql), wanted);
        assert_eq!(coloured("SQL", "SELECT 1"), "<k>SELECT</> 1");
        assert_eq!(
            coloured("rust", "let a = b!(\"x\\\"y\"); // c"),
            "<k>let</> a = <n>b</>!(<s>&quot;x\\&quot;y&quot;</>); <c>// c</>"
        );
        assert_eq!(coloured("rust", "fn f<'a>(x: &'a str)"), "<k>fn</> f&lt;&#39;a&gt;(x: &amp;&#39;a str)");
        assert_eq!(
            coloured("python", "\"\"\"a\n# b\"\"\"  # c\nx"),
            "<s>&quot;&quot;&quot;a\n# b&quot;&quot;&quot;</>  <c># c</>\nx"
        );
        assert_eq!(coloured("sh", "echo $# a#b # c"), "echo $# a#b <c># c</>");
    }

    #[test]
    fn a_language_nobody_has_heard_of_stays_plain() {
        assert_eq!(coloured("klingon", "let a = 'b' // c"), "let a = &#39;b&#39; // c");
        assert_eq!(coloured("", "if x"), "if x");
    }

    #[test]
    fn what_is_not_closed_yet_ends_with_its_line_or_with_the_code() {
        assert_eq!(coloured("js", "a = 'b\nif"), "a = <s>&#39;b</>\n<k>if</>");
        assert_eq!(coloured("js", "/* a"), "<c>/* a</>");
    }

    proptest::proptest! {
        #[test]
        fn no_character_is_lost(code in "[a-z_'\"`/*#\\- \n\\\\ñ(<!;]{0,60}", which in 0..LANGUAGES.len()) {
            let mut out = String::new();
            highlight(&mut out, &code, LANGUAGES[which].names[0]);
            let mut bare = out.replace("</span>", "");
            for class in ["k", "s", "n", "c"] {
                bare = bare.replace(&format!("<span class=\"{class}\">"), "");
            }
            proptest::prop_assert_eq!(bare, super::super::escape(&code));
        }
    }
}
