//! Names SQL statements and lists them, so that none escapes the test that prepares each.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*
        pub(super) const STATEMENTS: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;
