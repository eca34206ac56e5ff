#!/usr/bin/env python3
"""A day of three organizations that compute a mean together, and show each other nothing but parts of a sum.

    bailiwick serve --demo
    python3 docs/examples/federated_mean.py http://127.0.0.1:8080

Needs Python 3.9 and nothing else. What it expects and does not find ends it with an error. docs/computations.md tells
the same in words.
"""

import json
import sys
import threading
import time
import urllib.error
import urllib.request

IMAGE = "example/mean:1"
PASSWORD = "try-bailiwick"
# What no organization shows another: one number a patient.
AGES = {"north-clinic": [34, 51, 67], "south-clinic": [45, 58], "open-lab": [29, 40, 73, 80]}


class Actor:
    """Somebody who speaks to the server, with a bearer token or without."""

    def __init__(self, origin, token=None):
        self.origin, self.token = origin, token

    def ask(self, method, path, body=None, expect=None, raw=False):
        data, headers = None, {}
        if body is not None:
            data = body if raw else json.dumps(body).encode()
            headers["Content-Type"] = "application/octet-stream" if raw else "application/json"
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        request = urllib.request.Request(self.origin + "/api/v1" + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as problem:
            status, text = problem.code, problem.read()
        if expect is not None and status != expect:
            sys.exit(f"{method} {path}: {status} and not {expect}: {text.decode()}")
        try:
            told = json.loads(text) if text else None
        except ValueError:
            told = text.decode()
        return told if expect is not None else (status, told)

    def the_one(self, collection, name):
        found = self.ask("GET", f"/{collection}?q={name}", expect=200)["items"]
        return next(item["id"] for item in found if item.get("name", item.get("username")) == name)


def signed_in(origin, username):
    body = {"username": username, "password": PASSWORD}
    return Actor(origin, Actor(origin).ask("POST", "/auth/tokens", body, expect=201)["access_token"])


class Node(threading.Thread):
    """An organization's node: looks for runs of its own, carries them out one by one, and reports."""

    def __init__(self, origin, organization, node, secret):
        super().__init__(daemon=True)
        self.organization, self.node, self.over = organization, node, threading.Event()
        token = Actor(origin).ask("POST", "/auth/tokens/node", {"node_id": node, "secret": secret}, expect=201)
        self.actor = Actor(origin, token["access_token"])

    def run(self):
        while not self.over.is_set():
            pending = self.actor.ask("GET", f"/runs?node_id={self.node}&status=pending", expect=200)
            for run in pending["items"]:
                # A central part waits for the parts of others, its own node's among them.
                threading.Thread(target=self.carry_out, args=(run,), daemon=True).start()
            time.sleep(0.2)

    def carry_out(self, run):
        path = f"/runs/{run['id']}"
        status, _ = self.actor.ask("PATCH", path, {"status": "initializing"})
        if status != 200:
            return
        self.actor.ask("PATCH", path, {"status": "active"}, expect=200)
        token = self.actor.ask("POST", "/auth/tokens/container", {"run_id": run["id"]}, expect=201)
        container = Actor(self.actor.origin, token["access_token"])
        given = self.actor.ask("GET", path + "/input", expect=200)
        if given["part"] == "central":
            result = central(container, run["task_id"])
        else:
            result = {"sum": sum(AGES[self.organization]), "count": len(AGES[self.organization])}
        self.actor.ask("POST", path + "/log", {"text": f"{given['part']} part done\n"}, expect=200)
        self.actor.ask("PUT", path + "/result", json.dumps(result).encode(), expect=200, raw=True)
        self.actor.ask("PATCH", path, {"status": "completed"}, expect=200)
        # With its run a container ends.
        container.ask("GET", f"/tasks/{run['task_id']}", expect=401)


def central(container, task_id):
    """The algorithm itself: asks every organization for its part, with no right but the container's."""
    task = container.ask("GET", f"/tasks/{task_id}", expect=200)
    partners = container.ask("GET", "/organizations", expect=200)["items"]
    body = {
        "name": "parts",
        "parent_id": task_id,
        "runs": [{"organization_id": one["id"], "input": '{"part": "local"}'} for one in partners],
    }
    subtasks = f"/jobs/{task['job_id']}/tasks"
    # Not as anybody else's subtask, and not by another image.
    container.ask("POST", subtasks, {**body, "parent_id": None}, expect=403)
    container.ask("POST", subtasks, {**body, "image": "example/other:1"}, expect=403)
    part = container.ask("POST", subtasks, body, expect=201)
    while container.ask("GET", f"/tasks/{part['id']}", expect=200)["status"] != "complete":
        time.sleep(0.1)
    runs = container.ask("GET", f"/tasks/{part['id']}/runs", expect=200)["items"]
    parts = [container.ask("GET", f"/runs/{run['id']}/result", expect=200) for run in runs]
    total, count = (sum(part[what] for part in parts) for what in ("sum", "count"))
    return {"mean": total / count, "organizations": len(parts)}


def main(origin):
    ada, ben, dan, eva, finn = (
        signed_in(origin, f"{home}/{name}")
        for home, name in [
            ("north-clinic", "ada"), ("north-clinic", "ben"), ("south-clinic", "dan"),
            ("south-clinic", "eva"), ("open-lab", "finn"),
        ]
    )
    organizations = {name: ada.the_one("organizations", name) for name in AGES}

    print("Ada, who holds root, makes the collaboration, lets her own clinic enter, and gives it into Ben's hands.")
    status, made = ada.ask("POST", "/collaborations", {"name": "mean-age"})
    if status == 409:
        sys.exit("This day has been already: start the demo anew, it forgets everything.")
    into = made["id"]
    ada.ask("PUT", f"/collaborations/{into}/organizations/{organizations['north-clinic']}", expect=200)
    for who, role, anchor in [
        ("ben", "collaboration_admin", {"level": "server"}),
        ("finn", "owner", {"level": "organization", "id": organizations["open-lab"]}),
    ]:
        grant = {
            "principal": {"kind": "user", "id": ada.the_one("users", who)},
            "role_id": ada.the_one("roles", role),
            "anchor": anchor,
        }
        ada.ask("POST", "/grants", grant, expect=201)

    print("Ben asks the others in; nobody is in before they say so.")
    for name, answers in [("south-clinic", dan), ("open-lab", finn)]:
        proposal = ben.ask("PUT", f"/collaborations/{into}/organizations/{organizations[name]}", expect=202)
        members = [member["name"] for member in answers.ask("GET", f"/proposals/{proposal['id']}", expect=200)["members"]]
        ben.ask("POST", f"/proposals/{proposal['id']}/accept", expect=403)
        answers.ask("POST", f"/proposals/{proposal['id']}/accept", expect=200)
        print(f"  {name} accepts, and knows with whom: {', '.join(members)}")

    print("Each organization sets up a node.")
    nodes = []
    for name, owner in [("north-clinic", ben), ("south-clinic", dan), ("open-lab", finn)]:
        body = {"name": "worker", "collaboration_id": into, "policy": {"images": [IMAGE]}}
        made = owner.ask("POST", f"/organizations/{organizations[name]}/nodes", body, expect=201)
        nodes.append(Node(origin, name, made["id"], made["secret"]))

    print("Ben makes a project, shares it, and asks his own node for the central part.")
    project = ben.ask("POST", f"/organizations/{organizations['north-clinic']}/projects", {"name": "ages"}, expect=201)
    ben.ask("PUT", f"/projects/{project['id']}/collaboration", {"collaboration_id": into}, expect=200)
    job = ben.ask("POST", f"/projects/{project['id']}/jobs", {"name": "mean"}, expect=201)
    body = {
        "name": "mean age", "image": IMAGE, "databases": [{"label": "patients"}],
        "runs": [{"organization_id": organizations["north-clinic"], "input": '{"part": "central"}'}],
    }
    # An image that the nodes do not run is refused before anything is made.
    ben.ask("POST", f"/jobs/{job['id']}/tasks", {**body, "image": "example/other:1"}, expect=422)
    task = ben.ask("POST", f"/jobs/{job['id']}/tasks", body, expect=201)

    for node in nodes:
        node.start()
    until = time.monotonic() + 60
    while (status := ben.ask("GET", f"/tasks/{task['id']}", expect=200)["status"]) != "complete":
        if status not in ("pending", "initializing", "active") or time.monotonic() > until:
            sys.exit(f"the task is {status}")
        time.sleep(0.2)
    run = ben.ask("GET", f"/tasks/{task['id']}/runs", expect=200)["items"][0]
    result = ben.ask("GET", f"/runs/{run['id']}/result", expect=200)
    every = [age for ages in AGES.values() for age in ages]
    if result != {"mean": sum(every) / len(every), "organizations": 3}:
        sys.exit(f"the result is {result}")
    print(f"  the mean of {len(every)} ages in three places: {result['mean']:.2f}")

    print("Everybody else sees nothing of it, and touches nothing.")
    for who in (dan, eva, finn):
        who.ask("GET", f"/tasks/{task['id']}", expect=404)
        who.ask("GET", f"/runs/{run['id']}", expect=404)
        who.ask("GET", f"/runs/{run['id']}/result", expect=404)
    south = nodes[1].actor
    south.ask("PATCH", f"/runs/{run['id']}", {"status": "failed"}, expect=404)
    south.ask("PUT", f"/runs/{run['id']}/result", b"{}", expect=404, raw=True)
    south.ask("POST", "/auth/tokens/container", {"run_id": run["id"]}, expect=422)
    nodes[0].actor.ask("PATCH", f"/runs/{run['id']}", {"status": "failed"}, expect=409)

    print("South leaves: its node goes, and its secret is worth nothing.")
    dan.ask("DELETE", f"/collaborations/{into}/organizations/{organizations['south-clinic']}", expect=204)
    dan.ask("GET", f"/nodes/{nodes[1].node}", expect=404)
    nodes[1].over.set()
    south.ask("GET", "/whoami", expect=401)
    for node in nodes:
        node.over.set()
    print("done")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
