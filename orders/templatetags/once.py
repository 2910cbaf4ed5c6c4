"""What is the same wherever it stands, rendered once."""

from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString

register = template.Library()


class Once(template.Node):
    """Nodes that give the same text for everybody for as long as the process lives."""

    def __init__(self, nodes: NodeList) -> None:
        self.nodelist = nodes
        self._text: SafeString | None = None

    def render(self, context: Context) -> SafeString:
        if self._text is None:
            self._text = self.nodelist.render(context)
        return self._text


@register.tag
def once(parser: Parser, token: Token) -> Any:
    """`{% once %}…{% endonce %}`: around addresses of static files and the like; never around what is somebody's."""
    nodes = parser.parse(("endonce",))
    parser.delete_first_token()
    return Once(nodes)
