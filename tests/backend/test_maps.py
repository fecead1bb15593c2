"""Where the characters of a candidate were attended to, over HTTP."""

import io
from pathlib import Path

import httpx
from PIL import Image

from tests.backend.service import Service, play_edit, problem, send_edit
from worker.contract import EditState
from worker.records import Records


def drawn(api: httpx.Client, records: Records, running: Service) -> EditState:
    edit_id = send_edit(api)
    play_edit(records, running.store, edit_id)
    return EditState.model_validate_json(api.get(f"/v1/edits/{edit_id}").content)


def test_the_state_says_what_the_sheet_holds(api: httpx.Client, records: Records, running: Service) -> None:
    state = drawn(api, records, running)
    maps = state.candidates[0].maps
    assert maps is not None and "".join(one.character for one in maps.characters) == "TAXI"
    response = api.get(f"{state.links.self}/candidates/0/maps")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert response.headers["etag"] == f'"{maps.sha256}"'
    with Image.open(io.BytesIO(response.content)) as sheet:
        assert (sheet.mode, sheet.size) == ("L", (maps.width, maps.height * len(maps.characters)))
    again = api.get(f"{state.links.self}/candidates/0/maps", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_maps_that_are_not_there_are_refused(api: httpx.Client, records: Records, running: Service) -> None:
    edit_id = send_edit(api)
    assert problem(api.get(f"/v1/edits/{edit_id}/candidates/0/maps")) == (409, "result_not_ready")
    path = drawn(api, records, running).links.self
    assert problem(api.get(f"{path}/candidates/1/maps")) == (404, "maps_not_found")
    assert problem(api.get(f"{path}/candidates/9/maps")) == (404, "candidate_not_found")


def sheet_of(state: EditState, running: Service) -> Path:
    maps = state.candidates[0].maps
    assert maps is not None
    return running.folder / "blobs" / "results" / maps.sha256[:2] / f"{maps.sha256}.png"


def test_maps_go_with_their_edit_and_when_their_time_is_over(
    api: httpx.Client, records: Records, running: Service
) -> None:
    state = drawn(api, records, running)
    sheet_of(state, running).unlink()
    assert problem(api.get(f"{state.links.self}/candidates/0/maps")) == (410, "result_expired")
    state = drawn(api, records, running)
    assert sheet_of(state, running).exists()
    assert api.delete(state.links.self).status_code == 204
    assert not sheet_of(state, running).exists()
