"""The floor of a submission: a bare FastAPI route that does one ``insert_one`` of the same document, majority and
journaled; a process of its own, as the service is."""

from __future__ import annotations

import os
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Request
from motor.motor_asyncio import AsyncIOMotorClient
from pydantic import BaseModel
from pymongo.write_concern import WriteConcern

app = FastAPI()
client: AsyncIOMotorClient[Any] = AsyncIOMotorClient(os.environ["BARE_MONGO_URL"])
collection = client["bare"].get_collection("applications", write_concern=WriteConcern(w="majority", j=True))


class Application(BaseModel):
    """The same fields as an application has."""

    contact: str
    name: str
    language: str
    country: str
    organisation: str = ""
    sex: str = ""
    groups: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    motivation: str
    experience: str = ""
    multiplier_idea: str = ""
    consent: bool


@app.post("/calls/{call_id}/applications", status_code=201)
async def submit(call_id: str, application: Application, request: Request) -> dict[str, str]:
    id = uuid4().hex
    await collection.insert_one({"_id": id, "call_id": call_id, **application.model_dump()})
    return {"application_id": id}


@app.get("/readyz")
async def ready() -> str:
    await client.admin.command("ping")
    return "ready"


if __name__ == "__main__":
    port = int(os.environ["BARE_PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_level="warning", http="httptools")
