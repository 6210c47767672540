PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
INSERT INTO prosodyarchive VALUES(1,'example.org','alice','archive','k1',1764417600,'bob@example.org','xml','<message from=''alice@example.org/desk'' id=''m1'' type=''chat'' to=''bob@example.org'' xmlns=''jabber:client''><body>It''s &quot;ok&quot; &amp; fine</body><request xmlns=''urn:xmpp:receipts''/></message>');
INSERT INTO prosodyarchive VALUES(2,'example.org','alice','archive','k2',1764417601,'bob@example.org','xml','<message from=''bob@example.org/phone'' id=''r1'' type=''chat'' to=''alice@example.org/desk'' xmlns=''jabber:client''><received xmlns=''urn:xmpp:receipts'' id=''m1''/></message>');
INSERT INTO prosodyarchive VALUES(3,'example.org','alice','archive','k3',1764417602,'bob@example.org','xml','<message from=''bob@example.org/phone'' id=''m2'' type=''chat'' to=''alice@example.org/desk'' xmlns=''jabber:client''><body>'''' and ''''''''</body><request xmlns=''urn:xmpp:receipts''/></message>');
INSERT INTO prosodyarchive VALUES(4,'example.org','alice','archive','k4',1764417603,'bob@example.org','xml','<message from=''alice@example.org/desk'' id=''r2'' type=''chat'' to=''bob@example.org/phone'' xmlns=''jabber:client''><received xmlns=''urn:xmpp:receipts'' id=''m2''/></message>');
COMMIT;
