//! The fields of a form, checked and refused in the words of Django REST framework.

use super::Djoser;
use crate::{body::Fields, words::Words};
use domain::{
    Invalid, limits,
    people::{self, Username},
};
use serde_json::Value;

/// What is wrong, field by field, in the order in which they are asked for.
#[derive(Default)]
pub(super) struct Checks(pub Vec<(&'static str, Vec<String>)>);

impl Checks {
    /// A text that must be there.
    pub fn needed(&mut self, fields: &Fields<Djoser>, name: &'static str) -> Option<String> {
        match fields.sent(name) {
            None => self.refuse(name, "This field is required."),
            sent => self.text(name, sent).and_then(|text| match text.is_empty() {
                true => self.refuse(name, "This field may not be blank."),
                false => Some(text),
            }),
        }
    }

    /// An address, which may be left out.
    pub fn email(&mut self, fields: &Fields<Djoser>, name: &'static str) -> Option<String> {
        let text = self.text(name, Some(fields.sent(name)?))?;
        let text = text.trim().to_owned();
        if text.chars().count() > limits::EMAIL_CHARS_MAX {
            let why = format!("Ensure this field has no more than {} characters.", limits::EMAIL_CHARS_MAX);
            return self.refuse(name, &why);
        }
        match people::email(&text) {
            Ok(email) => Some(email),
            Err(invalid) => self.invalid(name, &invalid),
        }
    }

    /// A name to sign in with.
    pub fn username(&mut self, fields: &Fields<Djoser>, name: &'static str) -> Option<Username> {
        let text = self.needed(fields, name)?;
        match Username::new(&text) {
            Ok(username) => Some(username),
            Err(invalid) => self.invalid(name, &invalid),
        }
    }

    /// Everything that is wrong with a new password.
    pub fn password(&mut self, name: &'static str, password: &str, username: &str, email: &str) {
        let faults = people::password_faults(password, username, email);
        if !faults.is_empty() {
            self.0.push((name, faults.iter().map(|fault| Words::english().invalid(fault)).collect()));
        }
    }

    /// Notes a fault.
    pub fn refuse<T>(&mut self, name: &'static str, why: &str) -> Option<T> {
        self.0.push((name, vec![why.to_owned()]));
        None
    }

    pub fn invalid<T>(&mut self, name: &'static str, why: &Invalid) -> Option<T> {
        self.refuse(name, &Words::english().invalid(why))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn text(&mut self, name: &'static str, sent: Option<&Value>) -> Option<String> {
        match sent? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null => self.refuse(name, "This field may not be null."),
            _ => self.refuse(name, "Not a valid string."),
        }
    }
}
