"""The sign-in form: allauth's, in the words of our pages."""

from __future__ import annotations

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """User name and password; nobody is remembered beyond the session."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """As allauth's, without placeholders, which are no labels, and without its links."""
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = "User name"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
