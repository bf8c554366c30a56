"""The whole flow of a third party, as the platform's access document describes it.

Usage: python whole_flow.py < FILE

The sign-in URL is read from standard input: the ticket in it is a secret, which arguments of a program are not.
The platform's address and account are read from the environment: PANDA_WATER_BASE_URL, PANDA_WATER_USERNAME,
PANDA_WATER_PASSWORD; the name of the ticket's parameter, if it is not "ticket", from PANDA_WATER_TICKET_PARAM.
"""

from __future__ import annotations

import getpass
import sys

from panda_water import PandaClient, PandaError, PandaTicketError, User


def link_users(client: PandaClient) -> dict[int, str]:
    """Steps 1 and 2: every platform user gets an account of our own. Here its name is made up."""
    users = client.iter_users()
    accounts = {}
    for user in users:
        accounts[user.id] = f"oa-{user.id}"
        if len(accounts) <= 3:
            print(f"   user {user.id}: {user.user_name}, phone {user.phone or 'not given'}")
    print(f"   ... {len(accounts)} users in all; the platform counts {users.count}.")
    return accounts


def sign_in(client: PandaClient, url: str) -> User:
    """Steps 3 to 5: the ticket in the URL tells who is coming."""
    parts = client.ticket_from_url(url)
    print("   There is a ticket in it. Once signed in, the browser goes on to")
    print(f"   {parts.local_target}")
    return client.get_user_by_ticket(parts.ticket)


def run(url: str) -> None:
    with PandaClient.from_env() as client:
        print("1. We ask the platform for a token.")
        print(f"   It is good until {client.get_token().expires_at or 'a time that the platform does not say'}.")

        print("2. We read all users, page by page, and link each with an account of our own.")
        accounts = link_users(client)

        print("3. The platform opens our sign-in route. We take the ticket from its URL.")
        user = sign_in(client, url)

        print("4. The platform says whose ticket it is.")
        account = accounts.get(user.id, "that an administrator has yet to give")
        print(f"   {user.user_name} (user {user.id}) is signing in, with our account {account}.")


def main() -> int:
    if len(sys.argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    # Typed at a terminal, it is not shown.
    url = getpass.getpass("Sign-in URL: ") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        run(url.strip())
    except PandaTicketError as error:
        print(f"Nobody is signed in: {error}", file=sys.stderr)
        return 1
    except PandaError as error:
        print(f"That did not work: {error}{' It may work later.' if error.retryable else ''}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
