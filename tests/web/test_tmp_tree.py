import re
from tests.web.demonstrated import *
from tests.web.clients import client_for
from tests.web.walking import Read
def test_dbg(migrated, collected):
    with demonstration() as d:
        for who, starts in {"force_analyst":["/returns/"],"certifier":["/returns/"],"national_analyst":["/rounds/"],"regional_analyst":["/our-forces/"],"access_manager":["/account/people/"], "national_access_manager":["/account/people/"], "auditor":["/"],"national_lead":["/rounds/"]}.items():
            c = client_for(d.people[who])
            for s in starts:
                t = c.get(s).content.decode()
                print("=====", who, s, re.search(r"<h1[^>]*>(.*?)</h1>", t, re.S)[1])
                for href, words in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', t[t.index("<nav"):], re.S)[:60]:
                    print("   ", href, "|", re.sub(r"<[^>]+>|\s+", " ", words).strip())
