from simulators.xivo import default_office

NOW = 1_700_000_000.0


def test_numbers_begin_where_they_are_said_to() -> None:
    office = default_office(30, agents=5, queues=4, now=NOW)
    assert [phone.number for phone in office.phones.values()] == [str(n) for n in range(100, 130)]
    assert [agent.number for agent in office.agents.values()] == [str(n) for n in range(2001, 2006)]
    assert [queue.number for queue in office.queues.values()] == [str(n) for n in range(3001, 3005)]
    assert [room.number for room in office.conferences.values()] == ["4001", "4002"]


def test_everyone_logs_in_with_their_number_and_the_same_password() -> None:
    office = default_office(5, now=NOW)
    assert {user.login for user in office.users.values()} == {"100", "101", "102", "103", "104"}
    assert {user.password for user in office.users.values()} == {"demo"}


def test_the_first_user_watches_and_is_no_agent() -> None:
    first = next(iter(default_office(20, agents=19, now=NOW).users.values()))
    assert (first.login, first.agent_id, first.profile_id) == ("100", None, 1)


def test_there_can_be_more_agents_than_users_and_none_of_anything() -> None:
    office = default_office(2, agents=4, queues=1, now=NOW)
    assert len(office.agents) == 4
    assert not default_office(0, agents=0, queues=0, now=NOW).users
    assert not default_office(3, agents=3, queues=0, now=NOW).members


def test_each_queue_has_its_share_of_the_agents() -> None:
    office = default_office(40, agents=9, queues=3, now=NOW)
    for queue in office.queues.values():
        assert len(list(office.members_of(queue))) >= 3


def test_the_same_seed_makes_the_same_office() -> None:
    one, same, other = (default_office(20, seed=seed, now=NOW) for seed in (4, 4, 5))
    assert one.users == same.users
    assert one.members == same.members
    assert one.users != other.users


def test_a_large_office_is_made_in_one_piece() -> None:
    office = default_office(3_000, agents=100, queues=20, now=NOW)
    identities = {phone.identity for phone in office.phones.values()}
    assert len(identities) == 3_000
