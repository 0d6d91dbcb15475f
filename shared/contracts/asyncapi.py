"""The AsyncAPI 3.0 document, made from the event classes."""

from typing import Any

from shared.contracts.envelope import topic_of
from shared.contracts.event import Event, all_events


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/cloudevents+json",
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "dataschema", "sequence", "data"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string"},
                "source": {"type": "string"},
                "type": {"const": event.event_type},
                "subject": {"type": "string"},
                "time": {"type": "string", "format": "date-time"},
                "dataschema": {"const": event.schema_uri()},
                "sequence": {"type": "string"},
                "correlationid": {"type": "string"},
                "causationid": {"type": "string"},
                "data": schema_of(event),
            },
        },
    }


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's data, with its parts written in place."""
    schema = event.model_json_schema(mode="serialization")
    parts = schema.pop("$defs", {})
    return _inline(schema, parts)  # type: ignore[no-any-return]


def _inline(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inline(parts[node["$ref"].rpartition("/")[2]], parts)
    return {key: _inline(value, parts) for key, value in node.items()}


def document(version: str) -> dict[str, Any]:
    """The whole contract: a channel for each topic, a message for each event, a send operation for each."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for event in all_events():
        name = event.__name__
        messages[name] = _message(event)
        channel = channels.setdefault(topic_of(event.event_type), {"messages": {}})
        channel["address"] = topic_of(event.event_type)
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    operations = {
        f"send-{topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic.replace('/', '~1')}"}} for topic in channels
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Fengqiao events", "version": version, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }
