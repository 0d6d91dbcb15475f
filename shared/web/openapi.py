"""The OpenAPI 3.1 document of the declared routes."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from shared.web.routes import Route, Routes

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "reason": {"type": "string"}}},
        },
    },
}
SECURITY: dict[str, list[dict[str, list[str]]]] = {"worker": [{"chat": []}], "staff": [{"staff": []}], "public": []}


def document(tables: list[Routes], version: str) -> dict[str, Any]:
    """One document for the HTTP APIs of these services."""
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    paths: dict[str, Any] = {}
    for routes in tables:
        for route in routes.table:
            if not route.page:
                path = f"/{routes.service}{route.path}"
                paths.setdefault(path, {})[route.method.lower()] = _operation(routes.service, route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Fengqiao",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "staff": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "chat": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(service: str, route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{service}.{route.view.__name__}",
        "summary": route.summary,
        "tags": [service],
        "security": SECURITY[route.access.kind],
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas)],
        "responses": {
            str(route.status if _is_model(route.result) else 204 if route.result in {None, type(None)} else 200): _answer(
                route, schemas
            ),
            "default": {
                "description": "A refusal, with a sentence that names the reason.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if route.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(route.body, schemas)}},
        }
    if route.upload:
        form = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
        operation.setdefault("requestBody", {"required": True, "content": {}})["content"]["multipart/form-data"] = {
            "schema": form
        }
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": adapter.json_schema()}
        for name, adapter in route.parameters.items()
    ]


def _query_parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part} for name, part in schema["properties"].items()
    ]


def _answer(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    if _is_model(route.result):
        return {"description": "Done.", "content": {"application/json": {"schema": _reference(route.result, schemas)}}}
    return {"description": "Done."}


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _reference(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"$ref": f"#/components/schemas/{model.__name__}"}
