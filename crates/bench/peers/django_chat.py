"""A chat on Django Channels with Redis: a message is stored, then sent to its room's group.

Run as a program it makes the table; `uvicorn` serves `application`.
"""

import os
import time

import django
from django.conf import settings

REDIS = f"unix://{os.getcwd()}/redis.sock"
settings.configure(
    SECRET_KEY="nobody signs in here",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "chat.db",
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    },
    CHANNEL_LAYERS={"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS]}}},
)
django.setup()

import redis
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.db import connection, models
from django.urls import path


class Message(models.Model):
    room = models.CharField(max_length=50)
    content = models.TextField()
    date = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "chat"


class Chat(AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive_json(self, content):
        kept = await Message.objects.acreate(room=self.room, content=content["content"])
        event = {"id": kept.id, "room": kept.room, "content": kept.content, "date": kept.date.isoformat()}
        await self.channel_layer.group_send(self.room, {"type": "chat.message", "message": event})

    async def chat_message(self, event):
        await self.send_json(event["message"])


def wait_for_the_others():
    """No worker listens before all can, so that connections spread over them."""
    ready = redis.Redis.from_url(REDIS)
    ready.incr("workers")
    while int(ready.get("workers")) < int(os.environ["WORKERS"]):
        time.sleep(0.01)


if __name__ == "__main__":
    with connection.schema_editor() as editor:
        editor.create_model(Message)
else:
    application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/<str:room>/", Chat.as_asgi())])})
    wait_for_the_others()
