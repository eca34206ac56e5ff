#!/usr/bin/env python3
"""A project of images: three annotators work through them with API keys, a reviewer looks at a part, a manager takes the
result away in COCO's format.

    bailiwick serve --demo
    python3 docs/examples/annotate_images.py http://127.0.0.1:8080 [IMAGES] [FILE]

makes so many images (60 where it is not said), and writes the export to the file (coco.json). Needs Python 3.9 and
nothing else. What it expects and does not find ends it with an error. docs/work.md tells the same in words.
"""

import hashlib
import json
import random
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
import zlib
from base64 import b64encode

PASSWORD = "try-bailiwick"
WIDTH, HEIGHT = 64, 48
ANNOTATORS = ["amy", "bob", "cat"]


class Actor:
    """Somebody who speaks to the server, with an `Authorization` header or without."""

    def __init__(self, origin, authorization=None):
        self.origin, self.authorization = origin, authorization

    def send(self, method, path, data=None, headers=None):
        headers = dict(headers or {})
        if self.authorization:
            headers["Authorization"] = self.authorization
        url = path if path.startswith("http") else self.origin + "/api/v1" + path
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read()

    def ask(self, method, path, body=None, expect=200):
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, text = self.send(method, path, data, headers)
        expected = expect if isinstance(expect, tuple) else (expect,)
        if status not in expected:
            sys.exit(f"{method} {path}: {status} and not {expect}: {text.decode()}")
        return json.loads(text) if text else None

    def upload(self, project, name, media_type, data, dataset=None):
        query = f"name={name}&sha256={hashlib.sha256(data).hexdigest()}"
        query += f"&dataset_id={dataset}" if dataset else ""
        path = f"/projects/{project}/files?{query}"
        status, text = self.send("POST", path, data, {"Content-Type": media_type})
        if status != 201:
            sys.exit(f"POST {path}: {status}: {text.decode()}")
        return json.loads(text)


def signed_in(origin, username, password=PASSWORD):
    body = {"username": username, "password": password}
    token = Actor(origin).ask("POST", "/auth/tokens", body, 201)["access_token"]
    return Actor(origin, "Bearer " + token)


def picture(seed):
    """A PNG with a red patch on grey, and where the patch is."""
    chance = random.Random(seed)
    width, height = chance.randint(8, 24), chance.randint(8, 24)
    left, top = chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height)
    rows = b""
    for y in range(HEIGHT):
        rows += b"\0"
        for x in range(WIDTH):
            inside = left <= x < left + width and top <= y < top + height
            rows += b"\xd0\x20\x20" if inside else b"\x80\x80" + bytes([seed % 256])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return png, {"shape": "box", "x": left, "y": top, "width": width, "height": height}


def find_patch(png):
    """Where the red patch of such a PNG is: what an annotator sees."""
    at, data = 8, b""
    while at < len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    rows, line = zlib.decompress(data), 1 + 3 * WIDTH
    red = [
        (x, y)
        for y in range(HEIGHT)
        for x in range(WIDTH)
        if rows[y * line + 1 + 3 * x : y * line + 4 + 3 * x] == b"\xd0\x20\x20"
    ]
    left, top = min(x for x, _ in red), min(y for _, y in red)
    right, bottom = max(x for x, _ in red) + 1, max(y for _, y in red) + 1
    return {"shape": "box", "x": left, "y": top, "width": right - left, "height": bottom - top}


def set_up(ben, organization, name, images):
    """A project with images, labels and a guide, and a job over them, launched."""
    project = ben.ask("POST", f"/organizations/{organization}/projects", {"name": name}, 201)["id"]
    dataset = ben.ask("POST", f"/projects/{project}/datasets", {"name": "all"}, 201)["id"]
    for number in range(images):
        png, _ = picture(number)
        ben.upload(project, f"{number:05}.png", "image/png", png, dataset)
    guide = ben.upload(project, "guide.txt", "text/plain", b"Draw a box around the red patch.\n")["id"]
    schema = {"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]}
    label = {"name": "patch", "shape": "box", "color": "#d02020", "attributes": schema}
    label = ben.ask("POST", f"/projects/{project}/labels", label, 201)["id"]
    job = {"name": "find patches", "review_percent": 20, "lease_minutes": 5}
    job = ben.ask("POST", f"/projects/{project}/jobs", job, 201)["id"]
    for kind, target in (("datasets", dataset), ("labels", label), ("files", guide)):
        ben.ask("PUT", f"/jobs/{job}/{kind}/{target}")
    ben.ask("PATCH", f"/jobs/{job}", {"status": "launched"})
    while ben.ask("GET", f"/jobs/{job}")["status"] != "active":
        time.sleep(0.2)
    progress = ben.ask("GET", f"/jobs/{job}/progress")
    assert progress["tasks"] == images == progress["launch_done"], progress
    return project, job, label


def workers(origin, ben, organization, project, job):
    """Three annotators, each with an API key that holds the role annotator in the job and nothing else."""
    roles = {role["name"]: role["id"] for role in ben.ask("GET", "/roles?limit=500")["items"]}
    rules = ["api_key:view:own", "api_key:create:global", "grant:create:global"]
    keeper = {"name": "key keeper", "rules": rules}
    keeper = ben.ask("POST", f"/organizations/{organization}/roles", keeper, 201)["id"]
    found = {}
    for name in ANNOTATORS:
        user = {"username": name, "password": "a password of " + name}
        user = ben.ask("POST", f"/organizations/{organization}/users", user, 201)["id"]
        principal = {"kind": "user", "id": user}
        for role, anchor in (
            (roles["annotator"], {"level": "job", "id": job}),
            (keeper, {"level": "project", "id": project}),
        ):
            ben.ask("POST", "/grants", {"principal": principal, "role_id": role, "anchor": anchor}, 201)
        person = signed_in(origin, "north-clinic/" + name, "a password of " + name)
        key = person.ask("POST", f"/projects/{project}/api-keys", {"name": name + "'s laptop"}, 201)
        grant = {
            "principal": {"kind": "api_key", "id": key["id"]},
            "role_id": roles["annotator"],
            "anchor": {"level": "job", "id": job},
        }
        person.ask("POST", "/grants", grant, 201)
        basic = b64encode(f"{key['id']}:{key['secret']}".encode()).decode()
        found[name] = Actor(origin, "Basic " + basic)
    return found


def annotate(key, job, label, done, failed):
    """Takes tasks until there are none, looks at each picture and says where the patch is."""
    try:
        while True:
            task = key.ask("POST", f"/jobs/{job}/tasks/next", {}, (200, 204))
            if task is None:
                return
            status, png = key.send("GET", f"/files/{task['file_id']}/content")
            assert status == 200, png
            said = {"label_id": label, "geometry": find_patch(png), "attributes": {"sure": True}}
            key.ask("POST", f"/tasks/{task['id']}/annotations", said, 201)
            ended = key.ask("PATCH", f"/tasks/{task['id']}", {"status": "complete"})
            assert ended["status"] in ("complete", "in_review"), ended
            done.append(task["id"])
    except BaseException as error:  # A thread that ends must not end unseen.
        failed.append(error)
        raise


def review(eva, job, sends_back):
    """Looks at what was drawn for review: the first goes back where that is wanted, the others are good."""
    looked, sent_back = 0, None
    while True:
        task = eva.ask("POST", f"/jobs/{job}/tasks/next", {"purpose": "review"}, (200, 204))
        if task is None:
            return looked, sent_back
        looked += 1
        if sends_back and sent_back is None:
            eva.ask("POST", f"/tasks/{task['id']}/comments", {"text": "Once more, please."}, 201)
            eva.ask("PATCH", f"/tasks/{task['id']}", {"status": "changes_requested"})
            sent_back = task["id"]
        else:
            eva.ask("PATCH", f"/tasks/{task['id']}", {"status": "complete"})


def main():
    origin = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    images = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    target = sys.argv[3] if len(sys.argv) > 3 else "coco.json"
    ben = signed_in(origin, "north-clinic/ben")
    organization = ben.ask("GET", "/whoami")["home"]["id"]
    project, job, label = set_up(ben, organization, "patches", images)
    print(f"{images} images, one task for each")
    keys = workers(origin, ben, organization, project, job)

    # An annotator sees nothing of all this before the first task is theirs.
    amy = keys["amy"]
    for path in (f"/projects/{project}", f"/jobs/{job}", f"/labels/{label}"):
        assert amy.send("GET", path)[0] == 404, path
    mine = f"/tasks?limit=500&project_id={project}"
    assert amy.ask("GET", mine)["items"] == []

    done, failed = {name: [] for name in keys}, []
    threads = [
        threading.Thread(target=annotate, args=(key, job, label, done[name], failed)) for name, key in keys.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    all_done = [task for tasks in done.values() for task in tasks]
    assert len(all_done) == len(set(all_done)) == images, "a task was lost, or done twice"
    print("annotated:", ", ".join(f"{name} {len(tasks)}" for name, tasks in done.items()))

    # Now she sees her own tasks, the label and the guide, and nothing else of the project.
    assert len(amy.ask("GET", mine)["items"]) == min(len(done["amy"]), 500)
    assert [item["name"] for item in amy.ask("GET", f"/labels?project_id={project}")["items"]] == ["patch"]
    assert amy.send("GET", f"/projects/{project}")[0] == 404
    assert amy.send("POST", f"/jobs/{job}/exports", b'{"format":"coco"}', {"Content-Type": "application/json"})[0] == 404

    eva = signed_in(origin, "south-clinic/eva")
    principal = {"kind": "user", "id": eva.ask("GET", "/whoami")["principal"]["id"]}
    roles = {role["name"]: role["id"] for role in ben.ask("GET", "/roles?limit=500")["items"]}
    invited = signed_in(origin, "north-clinic/ada")
    grant = {"principal": principal, "role_id": roles["reviewer"], "anchor": {"level": "job", "id": job}}
    invited.ask("POST", "/grants", grant, 201)
    looked, sent_back = review(eva, job, sends_back=True)
    if sent_back:
        for name, key in keys.items():
            annotate(key, job, label, done[name], failed)
        # What was done once more may be drawn once more.
        review(eva, job, sends_back=False)
    print(f"reviewed: {looked}" + (", one of them twice" if sent_back else ""))

    progress = ben.ask("GET", f"/jobs/{job}/progress")
    ben.ask("PATCH", f"/jobs/{job}", {"status": "complete"})
    export = ben.ask("POST", f"/jobs/{job}/exports", {"format": "coco"}, 201)["id"]
    while (made := ben.ask("GET", f"/exports/{export}"))["status"] == "pending":
        time.sleep(0.2)
    assert made["status"] == "ready", made
    status, coco = ben.send("GET", f"/exports/{export}/content")
    assert status == 200 and hashlib.sha256(coco).hexdigest() == made["sha256"]
    with open(target, "wb") as file:
        file.write(coco)
    told = json.loads(coco)
    assert len(told["images"]) == images, len(told["images"])
    where = {image["id"]: image["file_name"] for image in told["images"]}
    for said in told["annotations"]:
        _, patch = picture(int(where[said["image_id"]].split(".")[0]))
        assert said["bbox"] == [patch[key] for key in ("x", "y", "width", "height")], said
    print(f"done: {progress['by_status']}; {len(told['annotations'])} annotations, every one of them right, in {target}")


if __name__ == "__main__":
    main()
