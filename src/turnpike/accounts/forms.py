"""The forms of sign-in and of one's password, in the words of our pages.

Only views import this: Django's own password forms ask for the user model as they are imported.
"""

from __future__ import annotations

from allauth.account.forms import LoginForm
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError

from turnpike.accounts import recording


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


class ChoosePasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A new password, typed twice, held to the site's validators."""

    error_messages = {
        **SetPasswordForm.error_messages,
        "password_mismatch": "Type the same password in both fields.",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        """As Django's, with the rules as one hint."""
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label, second.label = "New password", "The same password again"
        # Source: National Cyber Security Centre, “Three random words”.
        first.help_text = (
            "At least 12 characters; three words that have nothing to do with each other are good."
        )
        second.help_text = ""


class ChangePasswordForm(ChoosePasswordForm, PasswordChangeForm):
    """The same, for whom the password in use proves to be its owner."""

    error_messages = {
        **ChoosePasswordForm.error_messages,
        "password_incorrect": "This is not your present password; type it again.",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        """As Django's, with the present password in our words."""
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Present password"

    def clean_old_password(self) -> str:
        """The password in use, or an entry that somebody tried another."""
        try:
            return str(super().clean_old_password())
        except ValidationError:
            recording.password_failed(self.user)
            raise
