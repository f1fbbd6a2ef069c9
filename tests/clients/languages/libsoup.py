import sys, gi
gi.require_version("Soup", "3.0")
from gi.repository import Soup
print(Soup.Session().send_and_read(Soup.Message.new("GET", sys.argv[1])).get_data().decode(), end="")
