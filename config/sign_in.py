"""How people sign in."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView


class SignInForm(AuthenticationForm):
    """Name and password. What is wrong is told without saying whether there is such a name."""

    error_messages = {
        "invalid_login": "Name and password do not match. Capital letters count in both.",
        "inactive": "Name and password do not match. Capital letters count in both.",
    }


class SignIn(LoginView):
    """The one page to sign in at. Whoever is signed in already goes on to where they were heading."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(leads_elsewhere=bool(self.get_redirect_url().strip("/")), **kwargs)
