//! What a message may and may not turn into.

use super::{blocks::DEPTH_MAX, *};
use crate::{ids::PersonId, messages::Mention};

pub(super) fn rendered(text: &str) -> String {
    said_by(Voice::Person, text)
}

fn said_by(voice: Voice, text: &str) -> String {
    let words = MarkupWords { copy: "Copy".into(), show_all: "Show all {n} lines".into() };
    let ana = Mention { person: PersonId(3), key: "ana".into() };
    to_html(text, Markup { mentions: &[ana], everyone: true, voice, words: &words })
}

/// Without what every link has.
fn html(text: &str) -> String {
    rendered(text).replace(" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\"", "")
}

#[test]
fn words_line_breaks_and_emphasis() {
    assert_eq!(
        html("a *b*\n**c** ~~d~~ `e`"),
        "<p dir=\"auto\">a <em>b</em><br>\n<strong>c</strong> <del>d</del> <code>e</code></p>\n"
    );
    assert_eq!(html("# Big"), "<p dir=\"auto\"><strong>Big</strong></p>\n");
    assert!(html("3. x\n4. y").contains("<ol dir=\"auto\" start=\"3\">"));
    assert!(html("a|b\n-|-\n1|2").contains("<th>a</th><th>b</th></tr>\n<tr><td>1</td>"));
}

#[test]
fn names_that_are_somebody_are_marked_and_others_are_not() {
    assert!(html("hi @Ana.").contains("<span class=\"at\" data-person=\"3\">@Ana</span>."));
    assert!(html("@all").contains("data-person=\"all\""));
    assert!(!html("@bob `@ana`").contains("<span"));
}

#[test]
fn addresses_become_links() {
    assert!(
        html("see https://example.org/a_b_c?x=1&y=2.")
            .contains("<a href=\"https://example.org/a_b_c?x=1&amp;y=2\">")
    );
    assert!(
        html("(https://example.org/x)")
            .contains("<a href=\"https://example.org/x\">https://example.org/x</a>)")
    );
    assert!(
        html("![cat](https://example.org/cat.png)")
            .contains("<a href=\"https://example.org/cat.png\">cat</a>")
    );
    assert!(html("<ana@example.org>").contains("<a href=\"mailto:ana@example.org\">"));
}

#[test]
fn a_link_of_a_machine_says_where_it_leads() {
    let machine = |text| said_by(Voice::Machine, text);
    assert!(
        machine("[here](https://e.org/?q=1&r)")
            .contains(">here</a> <small class=\"leads\">(https://e.org/?q=1&amp;r)</small>")
    );
    assert!(
        machine("![cat](https://e.org/c.png)")
            .contains(">cat</a> <small class=\"leads\">(https://e.org/c.png)</small>")
    );
    assert!(machine("[**a**](https://e.org)").contains("(https://e.org)"));
    assert!(!machine("https://e.org/x and <https://e.org/x>").contains("<small"));
    assert!(!html("[here](https://e.org)").contains("<small"));
    assert!(machine("[there](/rooms/~1/messages/2/)").contains("<a href=\"/rooms/~1/messages/2/\""));
    assert!(
        !machine("[there](/logout/)").contains("<a") && !machine("[there](/rooms/\\evil)").contains("<a")
    );
    assert!(!html("[there](/rooms/~1/messages/2/)").contains("<a"));
}

#[test]
fn nothing_a_person_types_becomes_markup_of_its_own() {
    for attack in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:x)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[x](https://e.org/\" onclick=\"x)",
        "https://e.org/\"onmouseover=x",
        "```\"><script>\nx\n```",
        "<svg/onload=alert(1)>",
        "@ana\"><b>",
    ] {
        let out = html(attack);
        assert!(
            !out.to_lowercase().contains("href=\"javascript") && !out.contains("href=\"data"),
            "{attack} → {out}"
        );
        for tag in ["<script", "<img", "<svg", "<b>"] {
            assert!(!out.contains(tag), "{attack} → {out}");
        }
        let attributes = out.split('<').filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
        for tag in attributes {
            assert!(!tag.contains(" on"), "{attack} → {out}");
        }
    }
}

#[test]
fn long_code_is_folded_and_short_code_is_not() {
    let long = format!("```sql\n{}```", "select 1;\n".repeat(48));
    assert!(html(&long).contains("<summary>Show all 48 lines</summary>"));
    assert!(!html("```\nx\n```").contains("<details>"));
    let words = MarkupWords { copy: "Copy".into(), show_all: "Show all {n} lines".into() };
    let markup = Markup { mentions: &[], everyone: false, voice: Voice::Machine, words: &words };
    assert!(!part_to_html(&long, markup).contains("<details>"), "its end is what one looks at");
}

#[test]
fn depth_is_bounded() {
    let deep = html(&format!("{} x", ">".repeat(5_000)));
    assert_eq!(deep.matches("<blockquote").count(), DEPTH_MAX);
    assert_eq!(deep.matches("</blockquote>").count(), DEPTH_MAX);
}

#[test]
fn no_line_of_a_message_vanishes() {
    for (text, seen) in [
        ("[note]: milk", "[note]: milk"),
        ("[a]: b\n\n[a]: c\n\nx", "[a]: c"),
        ("> [a]: b", "[a]: b"),
        (">", "&gt;"),
        ("#", "#"),
        ("-", "-"),
        ("<!-- x -->", "&lt;!-- x --&gt;"),
    ] {
        assert!(html(text).contains(seen), "{text} → {}", html(text));
    }
    assert!(html("```\n[a]: b\n```").contains("<code>[a]: b</code>"));
    assert_eq!(excerpt("[note]: milk", 50), "[note]: milk");
    assert_eq!(excerpt(">", 50), ">");
}

#[test]
fn a_text_made_to_waste_time_does_not() {
    let long = |text: &str| text.repeat(10_000 / text.len());
    let table = format!("{}\n{}\n{}", "|a".repeat(1_500), "|-".repeat(1_500), "|x\n".repeat(1_300));
    let started = std::time::Instant::now();
    for text in [
        table,
        format!("https://x{}", ")".repeat(9_990)),
        long(">"),
        long("- "),
        long("**a"),
        long("*_"),
        long("["),
        long("![["),
        long("[a]: b\n\n"),
        long("`a``"),
        long("<a"),
        long("~~_"),
        long("@"),
        long("://"),
        long("1. "),
        format!("{}x", long(">\n> ")),
    ] {
        let out = html(&text);
        let _ = (mentions(&text), excerpt(&text, 120));
        assert!(out.len() < 400_000, "{} bytes from {}", out.len(), &text[..20]);
    }
    // Generous, for slow machines; a quadratic way takes minutes.
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

/// Every tag that can come out, attributes included, with the text in them left out.
const WRITTEN: [&str; 52] = [
    "<p dir=\"auto\">",
    "</p>",
    "<br>",
    "<hr>",
    "<strong>",
    "</strong>",
    "<em>",
    "</em>",
    "<del>",
    "</del>",
    "<code>",
    "</code>",
    "<blockquote dir=\"auto\">",
    "</blockquote>",
    "<ul dir=\"auto\">",
    "</ul>",
    "<ol dir=\"auto\">",
    "<ol dir=\"auto\" start=\"\">",
    "</ol>",
    "<li>",
    "</li>",
    "<a href=\"\" target=\"_blank\" rel=\"noopener noreferrer nofollow ugc\">",
    "</a>",
    "<span class=\"at\" data-person=\"\">",
    "</span>",
    "<figure class=\"code\" dir=\"ltr\">",
    "</figure>",
    "<figcaption>",
    "</figcaption>",
    "<span>",
    "<span class=\"k\">",
    "<span class=\"s\">",
    "<span class=\"n\">",
    "<span class=\"c\">",
    "<small class=\"leads\">",
    "</small>",
    "<button type=\"button\" class=\"copy\" hidden>",
    "</button>",
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<pre tabindex=\"0\">",
    "</pre>",
    "<div class=\"table\" tabindex=\"0\">",
    "</div>",
    "<table dir=\"auto\">",
    "</table>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
];

fn assert_only_written_tags(out: &str) {
    for part in out.split('<').skip(1) {
        let tag = format!("<{}>", part.split_once('>').expect("every < opens a tag").0);
        let mut bare = tag.clone();
        for name in ["href", "start", "data-person"] {
            let opens = format!(" {name}=\"");
            if let Some((head, value)) = bare.clone().split_once(&opens) {
                let (value, tail) = value.split_once('"').expect("the value ends");
                let may = addresses::may_be_linked(value) || addresses::leads_here(value);
                assert!(name != "href" || may, "{value}");
                bare = format!("{head}{opens}\"{tail}");
            }
        }
        assert!(
            WRITTEN.contains(&bare.as_str()) || ["<th>", "</th>"].contains(&bare.as_str()),
            "{tag} in {out}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn only_known_tags_come_out(text in "\\PC{0,200}") {
        assert_only_written_tags(&rendered(&text));
    }

    #[test]
    fn only_known_tags_come_out_of_markdown(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "<", ">", "\"", "'", "&", "[", "](", "]", "(", ")", "![", "`", "```\n", "*", "**", "_", "~~", "\n", "\n\n",
                "> ", "- ", "1. ", "# ", "|", "|-|\n", "@ana", "@all", "https://", "javascript:", "data:", "&#106;", "&quot;",
                "<script>", "<img src=x onerror=y>", "<svg/onload=z>", " on=\"", "\\", "\t", "\u{1}", "\u{202e}", "x", " ", "]: ",
                "mailto:", "<https://", "ñ", "/rooms/", "```rust\n", "// ", "fn ",
            ]),
            0..40,
        )
    ) {
        let text = parts.concat();
        assert_only_written_tags(&rendered(&text));
        assert_only_written_tags(&said_by(Voice::Machine, &text));
        let _ = (mentions(&text), excerpt(&text, 20));
    }
}
