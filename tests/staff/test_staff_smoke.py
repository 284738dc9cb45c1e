def test_smoke(world, owner):
    """x."""
    row = world.send(urgency="now", message="hej", answer_by="call", contact="070-174 06 21")
    page = owner.get("/inbox")
    assert row in page.text, page.text
    page = owner.get("/inbox/"+row)
    assert page.status_code == 200 and "hej" in page.text
    for n in ("take","lower","raise"):
        assert owner.act(row, n).status_code == 303
    assert owner.act(row, "set-aside", reason="other", line="x").status_code == 303
    print(owner.get("/inbox/"+row).text)
    assert owner.get("/keys").status_code == 200
