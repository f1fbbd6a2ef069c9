import sys, asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession() as s:
        async with s.get(sys.argv[1]) as r: print(await r.text(), end="")
asyncio.run(main())
