"""Every command, each registered by the module of its group."""

from bot.cli import (
    acting,
    agreeing,
    audit,
    backup,
    conversing,
    exporting,
    ingesting,
    initialising,
    keys,
    mailing,
    packages,
    policies,
    reading,
    reconciling,
    recording,
    replaying,
    requests,
    retention,
    reviewing,
    running,
    staffing,
    suppression,
    teaching,
    upkeep,
    webhooks,
    working,
)
from bot.cli.console import new_app

app = new_app()

reading.register(app)
teaching.register(app)
mailing.register(app)
ingesting.register(app)
policies.register(app)
reviewing.register(policies.group)
requests.register(app)
acting.register(app)
agreeing.register(requests.group)
exporting.register(app)
running.register(app)
staffing.register(acting.desk)
initialising.register(app)
conversing.register(app)
replaying.register(app)
recording.register(app)
audit.register(app)
keys.register(app)
webhooks.register(app)
packages.register(app)
retention.register(app)
suppression.register(app)
upkeep.register(app)
backup.register(app)
working.register(app)
reconciling.register(app)
