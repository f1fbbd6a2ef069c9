// @ts-check
import { constantGreeting } from "./constant-reply.mjs";
import { serveConstantly } from "./constant-server.mjs";

serveConstantly(constantGreeting());
