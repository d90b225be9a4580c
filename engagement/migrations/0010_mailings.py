
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import engagement.models.mailings
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_satisfaction'),
        ('engagement', '0009_callbacks'),
        ('notifications', '0004_sms_gateway'),
        ('teams', '0002_pools'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MailingTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('name_zh', models.CharField(blank=True, max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('library_code', models.CharField(blank=True, editable=False, max_length=80, null=True, unique=True, verbose_name='library code')),
                ('library_version', models.PositiveIntegerField(default=0, editable=False, verbose_name='library version')),
                ('library_digest', models.CharField(blank=True, editable=False, max_length=64, verbose_name='library digest')),
                ('channel', models.CharField(choices=[('email', 'by e-mail'), ('sms', 'text message')], default='email', max_length=5, verbose_name='channel')),
                ('subject_zh', models.CharField(blank=True, max_length=200, validators=[engagement.models.mailings.check_words], verbose_name='subject (Chinese)')),
                ('subject_en', models.CharField(blank=True, max_length=200, validators=[engagement.models.mailings.check_words], verbose_name='subject (English)')),
                ('body_zh', models.TextField(blank=True, max_length=20000, validators=[engagement.models.mailings.check_words], verbose_name='text (Chinese)')),
                ('body_en', models.TextField(blank=True, max_length=20000, validators=[engagement.models.mailings.check_words], verbose_name='text (English)')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='code')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='order')),
            ],
            options={
                'verbose_name': 'mailing template',
                'verbose_name_plural': 'mailing templates',
                'ordering': ['channel', 'position', 'code'],
            },
        ),
        migrations.AddField(
            model_name='communication',
            name='letter',
            field=models.CharField(blank=True, choices=[('queued', 'queued'), ('sent', 'sent'), ('failed', 'not delivered'), ('unknown', 'unknown whether sent'), ('dropped', 'not sent')], editable=False, max_length=7, verbose_name='sending'),
        ),
        migrations.CreateModel(
            name='Mailing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('channel', models.CharField(choices=[('email', 'by e-mail'), ('sms', 'text message')], default='email', max_length=5, verbose_name='channel')),
                ('subject_zh', models.CharField(blank=True, max_length=200, validators=[engagement.models.mailings.check_words], verbose_name='subject (Chinese)')),
                ('subject_en', models.CharField(blank=True, max_length=200, validators=[engagement.models.mailings.check_words], verbose_name='subject (English)')),
                ('body_zh', models.TextField(blank=True, max_length=20000, validators=[engagement.models.mailings.check_words], verbose_name='text (Chinese)')),
                ('body_en', models.TextField(blank=True, max_length=20000, validators=[engagement.models.mailings.check_words], verbose_name='text (English)')),
                ('number', models.CharField(editable=False, max_length=40, unique=True, verbose_name='number')),
                ('name', models.CharField(help_text='For us; the recipients do not see it.', max_length=120, verbose_name='name')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('waiting', 'waits for release'), ('scheduled', 'scheduled'), ('sending', 'being sent'), ('sent', 'sent'), ('stopped', 'stopped'), ('dropped', 'dropped before it was sent')], default='draft', editable=False, max_length=9, verbose_name='state')),
                ('send_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='is sent at')),
                ('released_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='released at')),
                ('started_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='begun at')),
                ('finished_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='sender')),
                ('released_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ('unit', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='teams.unit', verbose_name='department')),
            ],
            options={
                'verbose_name': 'mailing',
                'verbose_name_plural': 'mailings',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='MailingRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('address', models.CharField(blank=True, max_length=254, verbose_name='address then')),
                ('language', models.CharField(choices=[('zh-hans', 'Simplified Chinese'), ('en', 'English')], default='zh-hans', max_length=10, verbose_name='language')),
                ('left_out', models.CharField(blank=True, choices=[('refused', 'refused to be contacted'), ('not_asked', 'has not given consent'), ('no_address', 'no address'), ('bad_address', 'the number cannot be right'), ('left', 'has left, or works at no account'), ('duplicate', 'somebody else has the same address'), ('unseen', 'no longer a contact of the sender'), ('no_word', 'the text needs what is not known of them'), ('moved', 'the address changed meanwhile'), ('by_hand', 'left out by hand')], max_length=11, verbose_name='why it is not sent')),
                ('state', models.CharField(choices=[('planned', 'still to be sent'), ('queued', 'queued'), ('sent', 'sent'), ('failed', 'not delivered'), ('unknown', 'unknown whether sent'), ('dropped', 'not sent')], default='planned', editable=False, max_length=7, verbose_name='state')),
                ('nonce', models.CharField(default=engagement.models.mailings.new_nonce, editable=False, max_length=32)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('written_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='written to')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended at')),
                ('unsubscribed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='unsubscribed')),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mailing_recipients', to='accounts.account', verbose_name='account')),
                ('communication', models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mailing_recipient', to='engagement.communication', verbose_name='communication')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mailing_recipients', to='accounts.contact', verbose_name='contact')),
                ('letter', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='notifications.notification', verbose_name='outbox')),
                ('mailing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='engagement.mailing', verbose_name='mailing')),
            ],
            options={
                'verbose_name': 'recipient of a mailing',
                'verbose_name_plural': 'recipients of mailings',
                'ordering': ['mailing', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='MailingSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created at')),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='changed at')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('most_recipients', models.PositiveIntegerField(default=500, validators=[django.core.validators.MinValueValidator(1)], verbose_name='recipients of a mailing at most')),
                ('most_a_day', models.PositiveIntegerField(default=1000, validators=[django.core.validators.MinValueValidator(1)], verbose_name='messages of one sender a day at most')),
                ('release_above', models.PositiveIntegerField(default=50, help_text="Somebody of the sender's line with the right to send. 0: always.", verbose_name='a second person releases it above so many recipients')),
                ('longest_sms', models.PositiveSmallIntegerField(default=300, validators=[django.core.validators.MinValueValidator(20)], verbose_name='characters of a text message at most')),
                ('sms_link', models.BooleanField(default=True, help_text='Off only where the gateway adds a way to unsubscribe by itself.', verbose_name='text messages end with the link to unsubscribe')),
                ('misses_per_minute', models.PositiveIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1)], verbose_name='wrong links a minute from one place')),
                ('posts_per_minute', models.PositiveIntegerField(default=20, validators=[django.core.validators.MinValueValidator(2)], verbose_name='tries a minute of one link')),
                ('sender_zh', models.CharField(blank=True, max_length=120, verbose_name='signed by (Chinese)')),
                ('sender_en', models.CharField(blank=True, max_length=120, verbose_name='signed by (English)')),
            ],
            options={
                'verbose_name': 'mailing settings',
                'verbose_name_plural': 'mailing settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='one_row_of_mailing_settings')],
            },
        ),
        migrations.AddIndex(
            model_name='mailing',
            index=models.Index(fields=['state', 'send_at'], name='mailing_state'),
        ),
        migrations.AddIndex(
            model_name='mailing',
            index=models.Index(fields=['owner', 'send_at'], name='mailing_of_sender'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'dropped']), ('send_at__isnull', False), _connector='OR'), name='mailing_has_its_time'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('released_by__isnull', True), models.Q(('released_by', models.F('owner')), _negated=True), _connector='OR'), name='mailing_released_by_another'),
        ),
        migrations.AddIndex(
            model_name='mailingrecipient',
            index=models.Index(fields=['mailing', 'left_out', 'state'], name='mailing_to_write'),
        ),
        migrations.AddIndex(
            model_name='mailingrecipient',
            index=models.Index(fields=['account', 'mailing'], name='recipient_of_account'),
        ),
        migrations.AddIndex(
            model_name='mailingrecipient',
            index=models.Index(fields=['contact', '-written_at'], name='recipient_of_contact'),
        ),
        migrations.AddIndex(
            model_name='mailingrecipient',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'failed', 'unknown'])), fields=['letter'], name='mailing_to_settle'),
        ),
        migrations.AddConstraint(
            model_name='mailingrecipient',
            constraint=models.UniqueConstraint(fields=('mailing', 'contact'), name='mailed_once_a_mailing'),
        ),
        migrations.AddConstraint(
            model_name='mailingrecipient',
            constraint=models.UniqueConstraint(condition=models.Q(('left_out', ''), models.Q(('address', ''), _negated=True)), fields=('mailing', 'address'), name='an_address_once_a_mailing'),
        ),
        migrations.AddConstraint(
            model_name='mailingrecipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left_out', ''), _negated=True), ('account__isnull', False), _connector='OR'), name='mailed_at_an_account'),
        ),
    ]
